"""The model of a report: its schema is valid, its digest covers everything but the signature."""

import json

import jsonschema

from ddmkit.drills.build import build_report
from ddmkit.drills.report import DrillReport, ReportSignature, drill_schema, report_digest
from tests.drills.samples import course, recovery, setup


def made():
    run = recovery()
    return build_report(run, setup(run), course(run))


def test_a_report_fits_its_published_schema_and_is_read_back():
    report = made()
    schema = drill_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(report.model_dump_json()))
    assert schema["$id"] == "urn:ddmkit:drill:1"
    assert DrillReport.model_validate_json(report.model_dump_json()) == report


def test_the_digest_covers_everything_but_the_signature():
    report = made()
    signed = report.model_copy(update={"signature": ReportSignature(sha256="0" * 64, words="signed")})
    assert report_digest(signed) == report_digest(report)
    assert report_digest(report.model_copy(update={"approver": "eve"})) != report_digest(report)
    assert report_digest(DrillReport.model_validate_json(report.model_dump_json())) == report_digest(report)


def test_both_good_ends_count_as_passed():
    report = made()
    ends = {"passed": True, "failed": False, "failure seen": True, "failure not seen": False}
    for verdict, passed in ends.items():
        assert report.model_copy(update={"verdict": verdict}).passed is passed
