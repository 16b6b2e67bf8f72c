"""Files for a person in front of a page."""

import base64
from pathlib import Path

import pytest

from ddmkit.errors import DDMKitError
from ddmkit.forms.widgets.downloads import how_to_run_again, offer_file


def write(path):
    path.write_text("<b>kept</b>", "utf-8")
    return path


def content_of(link):
    return base64.b64decode(link.split("base64,")[1].split('"')[0])


def test_beside_a_notebook_the_file_is_written_and_the_link_holds_it_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said, link = offer_file("r-1.html", write)
    assert said == f"Written to {tmp_path / 'r-1.html'}"
    assert 'download="r-1.html"' in link
    assert content_of(link) == (tmp_path / "r-1.html").read_bytes()


def test_in_an_app_there_is_a_link_and_no_path_of_the_server(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.8")
    said, link = offer_file("r-1.ddmrecord.json", write)
    assert said == "r-1.ddmrecord.json is ready: click the link below to download it."
    assert content_of(link) == b"<b>kept</b>"
    assert list(Path().iterdir()) == []


def test_a_file_that_is_too_large_for_a_link_is_refused_in_an_app_and_only_written_beside_a_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ddmkit.forms.widgets.downloads._MOST_BYTES", 10)
    said, link = offer_file("r-1.html", write)
    assert (said, link) == (f"Written to {tmp_path / 'r-1.html'}", "")
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.8")
    with pytest.raises(DDMKitError, match=r"r-1\.html is larger than .* `ddmkit records export`"):
        offer_file("r-1.html", write)


def test_what_to_do_for_a_new_form_fits_the_page(monkeypatch):
    assert how_to_run_again() == "restart the kernel and run all cells"
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    assert how_to_run_again() == "load this page again"
