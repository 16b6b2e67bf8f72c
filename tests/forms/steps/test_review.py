"""Reading the plan, and the safety copy."""

import json

import pytest

from ddmkit.errors import InputError
from ddmkit.forms import PlanReview


@pytest.fixture
def review(kit, given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return PlanReview(kit, kit.plan(**given))


def test_the_plan_is_shown_whole_with_the_exact_request_and_the_way_back(review):
    shown = review.words.value + review.effects.value
    for said in (
        review.value.digest,
        "is not changed",
        "Does not come back",
        "POST /v3/",
        "The source is not changed. To go back",
    ):
        assert said in shown
    assert "kit.submit(plan" in review.script.value
    assert review.value.request.body_json() in review.summary().text


def test_the_safety_copy_is_written_once_and_never_over_another_file(review, tmp_path):
    review.export.click()
    assert str(tmp_path) in review.exported.text
    written = next(tmp_path.glob("schema-metadata-*.json"))
    assert json.loads(written.read_text())["compressed_databases_info"]
    review.export.click()
    assert "cannot be written" in review.exported.text
    with pytest.raises(InputError, match="none is replaced"):
        review.export_metadata(written)


def test_a_refused_safety_copy_is_told(review, kit):
    kit.simulator.inject("server-error@DownloadSchemaMetadata*")
    review.export.click()
    assert "not possible" in review.exported.widget.value
    assert not review.export.disabled


def test_without_a_plan_it_says_so(kit):
    assert "none yet" in PlanReview(kit).summary().text


def test_the_incident_stands_in_the_plan_and_in_the_python(kit, given):
    review = PlanReview(kit, kit.plan(**given, incident=kit.scenario.incident))
    assert "Incident" in review.words.value
    assert f"{kit.scenario.incident:%Y-%m-%d %H:%M:%S}" in review.words.value
    assert "Incident" in review.summary().text
    assert "incident=" in review.script.value


def test_few_nodes_are_named_in_the_words_and_more_are_a_table_below(review, kit, monkeypatch):
    in_words = [review.words.value]
    assert review.nodes.layout.display == "none"
    monkeypatch.setattr("ddmkit.forms.logic.plan_facts.FEW_NODES", 1)
    monkeypatch.setattr("ddmkit.forms.steps.review.FEW_NODES", 1)
    review.set_plan(review.value)
    in_words.append(review.words.value)
    assert review.nodes.layout.display is None
    for node_id in kit.scenario.data_nodes:
        assert [node_id in words for words in in_words] == [True, False]
        assert node_id in [row["key"] for row in review.nodes.view["rows"]]
        assert node_id in review.summary().html
    assert review.nodes.fold == ""
