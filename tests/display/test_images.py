import re
from urllib.parse import unquote

from ddmkit.display.images import picture_html

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><text>50 % of "it" & \'more\' #1 é</text></svg>'


def test_a_drawing_survives_in_the_address_of_its_image():
    (address,) = re.findall(r'src="data:image/svg\+xml,([^"<>#\s]*)"', picture_html(SVG, "all of it"))
    assert unquote(address) == SVG


def test_a_picture_says_its_words_to_those_who_cannot_see_it():
    assert 'alt="Backups: 2 &amp; &quot;more&quot;"' in picture_html(SVG, 'Backups: 2 & "more"')
