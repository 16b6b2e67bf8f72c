"""Every documented answer has a model that reads it."""

from __future__ import annotations

from ddmkit.models import (
    Account,
    Backup,
    BackupDetail,
    Instance,
    Job,
    RelatedNodes,
    RestorableRange,
    Schema,
    SchemaDetail,
    SchemaMetadata,
    TargetInstance,
    TargetNode,
)
from tests.models.samples import ANSWERS, answer


def test_every_sample_answer_is_read_by_a_model() -> None:
    readers = {
        "list_backups": lambda body: Backup.model_validate(body["backups"][0]),
        "show_backup": BackupDetail.model_validate,
        "show_available_time": lambda body: RestorableRange.model_validate(body["restorable_time_intervals"][0]),
        "show_available_ddms": lambda body: TargetInstance.model_validate(body["instances"][0]),
        "show_related_dns": RelatedNodes.model_validate,
        "show_available_rds": lambda body: TargetNode.model_validate(body["target_data_nodes"][0]),
        "show_job": lambda body: Job.model_validate(body["job"]),
        "list_tasks": lambda body: Job.model_validate(body["jobs"][0]),
        "list_instances": lambda body: Instance.model_validate(body["instances"][0]),
        "show_instance": Instance.model_validate,
        "list_databases": lambda body: Schema.model_validate(body["databases"][0]),
        "show_instance_database": SchemaDetail.model_validate,
        "list_ddm_users": lambda body: Account.model_validate(body["users"][0]),
        "download_schema_metadata": SchemaMetadata.model_validate,
    }
    samples = {path.stem for path in ANSWERS.glob("*.json")} - {"restore_metadata_request"}
    assert samples == set(readers)
    for name, read in readers.items():
        assert read(answer(name)) is not None
