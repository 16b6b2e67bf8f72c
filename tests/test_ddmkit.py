"""The front: which names it has, and what importing it costs."""

import subprocess
import sys

import pytest

import ddmkit

PUBLIC_NAMES = {
    *("AuthError", "BusyError", "DDMKitError", "InputError", "JobFailedError", "JobTimeoutError", "NotConfirmedError"),
    *("NotFoundError", "NotReadyError", "RecordError", "ServiceError", "UnknownOutcomeError", "UnreachableError"),
    *("Kit", "connect", "demo", "read_record", "replay", "compare", "__version__"),
    *("AccessKey", "Password", "Token"),
    *("CheckResult", "Plan", "PointInTime", "Record", "Records", "RestoreJob", "Rows"),
    *("Backup", "DataNode", "Instance", "Job", "RestorableRange", "RestoreRequest", "TargetInstance", "TargetNode"),
}
KIT_NAMES = {
    "abandon",
    "accept",
    "adopt",
    "backup_nodes",
    "backups",
    "can_renew_token",
    "close",
    "closing",
    "drill",
    "drills",
    "export_schema_metadata",
    "follow_up",
    "instances",
    "is_refused",
    "jobs",
    "known_secrets",
    "now",
    "open_fleets",
    "open_recoveries",
    "open_restores",
    "operator",
    "node_instances",
    "node_origins",
    "plan",
    "plan_abandon",
    "plan_again",
    "plan_fleet",
    "plan_recovery",
    "records",
    "recover",
    "related_nodes",
    "release",
    "renew_token",
    "restorable_ranges",
    "resume",
    "resume_fleet",
    "scenario",
    "schemas",
    "send_again",
    "settings",
    "simulator",
    "submit",
    "submit_fleet",
    "target_nodes",
    "targets",
    "timeline",
}


def test_the_public_names_are_these_and_no_others():
    assert set(ddmkit.__all__) == PUBLIC_NAMES
    assert set(dir(ddmkit)) == PUBLIC_NAMES
    assert ddmkit.__all__ == sorted(ddmkit.__all__)


def test_every_public_name_resolves_and_is_named_so_at_home():
    resolved = {name: getattr(ddmkit, name) for name in PUBLIC_NAMES}
    assert all(value is not None for value in resolved.values())
    assert all(getattr(value, "__name__", name) == name for name, value in resolved.items())


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="frobnicate"):
        ddmkit.frobnicate  # noqa: B018  # looking is the test


def test_a_kit_offers_these_names_and_no_others():
    assert {name for name in dir(ddmkit.Kit) if not name.startswith("_")} == KIT_NAMES


def test_errors_form_one_tree():
    errors = [getattr(ddmkit, name) for name in PUBLIC_NAMES if name.endswith("Error")]
    assert all(issubclass(error, ddmkit.DDMKitError) for error in errors)
    below_service = {ddmkit.AuthError, ddmkit.BusyError, ddmkit.NotFoundError}
    assert {error for error in errors if issubclass(error, ddmkit.ServiceError)} == {ddmkit.ServiceError, *below_service}


def test_a_time_out_is_caught_as_pythons_own_too():
    error = ddmkit.JobTimeoutError("Stopped waiting.", job="j-1")
    assert isinstance(error, TimeoutError)
    assert (str(error), error.job, error.errno) == ("Stopped waiting.", "j-1", None)


def test_importing_loads_nothing_heavy():
    heavy = "{'pandas', 'altair', 'ipywidgets', 'httpx', 'sqlalchemy', 'pydantic'}"
    look = f"import sys, ddmkit; print(*sorted(set(sys.modules) & {heavy}))"
    loaded = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == ""


def test_using_every_public_name_loads_neither_pandas_nor_a_plotting_library():
    look = (
        "import sys, ddmkit\n"
        "found = [getattr(ddmkit, name) for name in ddmkit.__all__]\n"
        "print(*sorted(set(sys.modules) & {'pandas', 'altair', 'ipywidgets', 'matplotlib'}))"
    )
    loaded = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == ""


def test_a_kit_and_a_list_load_neither_pandas_nor_a_plotting_library():
    look = (
        "import sys, ddmkit\n"
        "with ddmkit.demo() as kit: repr(kit.backups(kit.scenario.source))\n"
        "print(*sorted(set(sys.modules) & {'pandas', 'altair', 'ipywidgets', 'matplotlib'}))"
    )
    loaded = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == ""


def test_a_list_of_records_loads_neither_the_http_library_nor_the_models_of_the_service(tmp_path):
    look = (
        "import sys\n"
        "from ddmkit.handles.records import Records\n"
        "from ddmkit.records.store import RecordStore\n"
        f"with RecordStore.open({str(tmp_path / 'r.sqlite')!r}, clock=None) as store: repr(Records(store).list())\n"
        "print(*sorted(set(sys.modules) & {'pandas', 'altair', 'ipywidgets', 'httpx', 'ddmkit.models'}))"
    )
    loaded = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == ""


def test_importing_connect_loads_neither_the_http_library_nor_the_database_library_nor_the_simulator():
    heavy = "{'pandas', 'altair', 'ipywidgets', 'httpx', 'sqlalchemy', 'ddmkit.models', 'ddmkit.simulator'}"
    look = f"import sys; from ddmkit import connect; print(*sorted(set(sys.modules) & {heavy}))"
    loaded = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == ""


def test_a_connected_kit_loads_the_database_library_and_the_simulator_only_when_they_are_needed(tmp_path):
    look = (
        "import sys, ddmkit\n"
        f"kit = ddmkit.connect(endpoint='http://127.0.0.1:1', project_id='p', token='t' * 40, records={str(tmp_path / 'r')!r})\n"
        "print(*sorted(set(sys.modules) & {'pandas', 'sqlalchemy', 'ddmkit.simulator'}))"
    )
    loaded = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == ""
