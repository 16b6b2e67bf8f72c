"""What a kit is before it reads: where it is connected to, what it holds, and that it stays here."""

import pickle

import pandas as pd
import pytest

import ddmkit


def test_only_a_demo_has_a_scenario(tmp_path):
    connected = ddmkit.connect(endpoint="https://ddm.example.com", token="t" * 20, project_id="p" * 32)
    with connected, pytest.raises(ddmkit.InputError, match="demo"):
        _ = connected.scenario


def test_a_kit_is_not_pickled(kit):
    with pytest.raises(TypeError, match="credentials"):
        pickle.dumps(kit)


def test_an_empty_list_of_records_has_its_columns(kit):
    frame = kit.records.frame()
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns)[:3] == ["id", "kind", "state"]
    assert len(frame) == 0


@pytest.mark.parametrize("name", ["taem/records.sqlite", "records.sqlit"])
@pytest.mark.parametrize("given", ["argument", "variable"])
def test_a_store_that_is_named_wrongly_is_not_made(tmp_path, monkeypatch, name, given):
    if given == "variable":
        monkeypatch.setenv("DDMKIT_RECORDS", f"'{tmp_path / name}'\r")
    way = {"records": tmp_path / name} if given == "argument" else {}
    kit = ddmkit.connect(endpoint="https://ddm.example.com", project_id="p", token="t" * 20, **way)
    with kit, pytest.raises(ddmkit.RecordError, match="There is no record store at"):
        kit.records.list()
    assert list(tmp_path.iterdir()) == []
