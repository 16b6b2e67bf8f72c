import re
from urllib.parse import unquote

from defusedxml import ElementTree

from ddmkit.display.images import picture_html
from ddmkit.display.record_gantt import show_course
from ddmkit.display.records import show_record
from ddmkit.handles.record import read_record
from tests.notebooks.fixed_world import SAMPLE

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><text>50 % of "it" & \'more\' #1 é</text></svg>'


def test_a_drawing_survives_in_the_address_of_its_image():
    (address,) = re.findall(r'src="data:image/svg\+xml,([^"<>#\s]*)"', picture_html(SVG, "all of it"))
    assert unquote(address) == SVG


def test_a_picture_says_its_words_to_those_who_cannot_see_it():
    assert 'alt="Backups: 2 &amp; &quot;more&quot;"' in picture_html(SVG, 'Backups: 2 & "more"')


def test_the_course_of_a_restore_is_a_drawing_of_its_own_on_paper_of_its_own():
    run = read_record(SAMPLE).run
    shown = show_course(run)
    (address,) = re.findall(r'src="data:image/svg\+xml,([^"]*)"', shown.html)
    drawn = ElementTree.fromstring(unquote(address))
    whole, *_others = drawn.iter("{http://www.w3.org/2000/svg}rect")
    assert (whole.get("fill"), whole.get("width"), whole.get("height")) == (
        "#ffffff",
        drawn.get("width"),
        drawn.get("height"),
    )
    assert "the service's job" in "".join(drawn.itertext())
    assert "Course of the restore: submit to request" in shown.html
    assert "<svg" not in show_record(run, []).html
