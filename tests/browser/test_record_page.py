"""The page of a record in a real browser: on wide and narrow screens, and printed to PDF."""

import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from ddmkit.display.records import record_page
from ddmkit.records import file_of, open_record_file

SAMPLE = Path(__file__).parent.parent / "samples" / "record-v1.ddmrecord.json"
RECOVERY = SAMPLE.with_name("recovery-v2.ddmrecord.json")
A4_AT_96_DPI = {"width": 794, "height": 1123}
# Whatever reaches over the edge, or hides a part of itself.
CUT_OFF = """() => {
  const wide = document.documentElement.clientWidth;
  const all = [...document.querySelectorAll('body *')].filter(one => one.getClientRects().length);
  const over = all.filter(one => one.getBoundingClientRect().right > wide + 1);
  const hiding = all.filter(one => getComputedStyle(one).overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1);
  return [document.documentElement.scrollWidth > wide ? ['the page'] : [],
    ...[...over, ...hiding].map(one => one.tagName + ' ' + one.textContent.slice(0, 60))].flat();
}"""


@pytest.fixture(scope="module")
def run():
    return open_record_file(SAMPLE).file.run


@pytest.fixture(params=["a real record", "endless words", "a recovery"])
def shown(request, run):
    """A run to show; the second holds words without a blank, longer than any page is wide."""
    if request.param == "a real record":
        return run
    if request.param == "a recovery":
        return open_record_file(RECOVERY).file.run
    endless = {
        name: f"{name}-" + "x" * 300 for name in ("purpose", "ticket", "operator", "source_name", "target_name", "host")
    }
    data = {"findings": [{"subject": "s" * 120, "verdict": "v" * 200, "expected": "e" * 300, "found": "f" * 300}]}
    events = [event.model_copy(update={"data": {**event.data, **data}}) for event in run.events]
    return run.model_copy(update={"header": run.header.model_copy(update=endless), "events": tuple(events)})


@pytest.fixture
def open_page(browser, tmp_path):
    """Open the page of a run, as a file like the one that a colleague was sent."""
    contexts = []

    def make(run, **options):
        place = tmp_path / "report.html"
        place.write_text(record_page(file_of(run)), "utf-8")
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.goto(place.as_uri())
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [1280, 800, 390])
def test_nothing_is_cut_off_on_a_screen(open_page, shown, width):
    page = open_page(shown, viewport={"width": width, "height": 900})
    assert page.evaluate(CUT_OFF) == []


def test_on_a_narrow_screen_each_cell_says_what_it_is(open_page, run):
    page = open_page(run, viewport={"width": 390, "height": 900})
    row = page.locator("tr", has_text="schema billing")
    label = "element => getComputedStyle(element, '::before').content"
    assert [cell.evaluate(label) for cell in row.locator("td").all()] == ['"verdict: "', '"expected: "', '"found: "']
    assert page.locator("thead").first.is_hidden()
    row = page.locator("section.result tr", has_text="Verified")
    assert row.locator("th").bounding_box()["y"] < row.locator("td").bounding_box()["y"]


def test_nothing_is_cut_off_on_paper(open_page, shown):
    page = open_page(shown, viewport=A4_AT_96_DPI)
    page.emulate_media(media="print")
    assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_is_light_or_dark_on_a_screen_and_black_on_white_on_paper(open_page, run, scheme):
    page = open_page(run, color_scheme=scheme, viewport=A4_AT_96_DPI)
    colours = "() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    on_screen = {"light": ["rgb(255, 255, 255)", "rgb(28, 30, 33)"], "dark": ["rgb(22, 24, 27)", "rgb(230, 230, 230)"]}
    assert page.evaluate(colours) == on_screen[scheme]
    assert page.get_by_text("it is not printed").is_hidden()
    page.emulate_media(media="print", color_scheme=scheme)
    assert page.evaluate(colours) == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    assert page.get_by_text("it is not printed").is_visible()
    assert page.locator("section.result th").first.evaluate("one => getComputedStyle(one).color") == "rgb(51, 51, 51)"


def test_a_printed_record_has_a_few_pages_and_answers_everything_on_the_first(open_page, run):
    printed = PdfReader(io.BytesIO(open_page(run).pdf(format="A4")))
    texts = [squeeze(page.extract_text()) for page in printed.pages]
    assert 3 <= len(texts) <= 7
    assert all(len(text) > 200 for text in texts), "a page is all but empty"
    for answer in (
        *("Completed; the target holds what was expected", "Applications connect to 192.168.152.22:5066", "ddm-orders-prod"),
        *(
            "ddm-restore-target",
            "79e91f5c459c4fd0f62f7678896305c7br09",
            "made 2026-05-20 08:16:19 UTC",
            "ada (system user ada",
        ),
        *(
            "Begun 2026-05-20 09:30:00 UTC",
            "Ticket INC-7",
            "nodes-recovered",
            "same-network",
            "by ada",
            run.events[-1].sha256,
        ),
        *("What to do next", "Did not come back", "table rows"),
    ):
        assert squeeze(answer) in texts[0]
    whole = "".join(texts)
    for said in (
        *("What happened", "The plan in words", "Checks before the request", "The request, exactly", "Asked for, as given"),
        *(
            "Read for the plan",
            "Made with",
            run.job_id,
            "/backups/metadata-recovery",
            "restoreMetaData",
            "accounts' passwords",
        ),
    ):
        assert squeeze(said) in whole
    assert squeeze('format": "ddmkit.record') not in whole, "the record that the page carries is not for paper"


def test_no_word_of_a_printed_record_stands_outside_of_the_paper(open_page, run):
    printed = PdfReader(io.BytesIO(open_page(run).pdf(format="A4")))
    places = []
    for page in printed.pages:
        page.extract_text(visitor_text=lambda text, now, line, *_: places.append((text, now[0] * line[4] + now[4])))
        assert 590 < page.mediabox.width < 600
    outside = [(text, left) for text, left in places if text.strip() and not 25 < left < 570]
    assert len(places) > 100
    assert outside == []


def squeeze(text):
    """Leave the blanks out: where a line of paper ends means nothing."""
    return re.sub(r"\s+", "", text)
