"""The CSS files of every folder: whole, loaded from nowhere else, and used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ddmkit
from ddmkit.display.stylesheet import read_css, style

PACKAGE = Path(ddmkit.__file__).parent
FILES = sorted(PACKAGE.rglob("*.css"))
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DECLARATION = re.compile(r'[\w-]+: (?:"[^"]*"|[^:;{}"])+;')
RULES = re.findall(r"^\.([\w-]+) \{", read_css("fragments.css"), re.MULTILINE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_css_file_is_whole_and_loads_nothing(file: Path) -> None:
    css = COMMENT.sub("", file.read_text("utf-8"))
    assert "/*" not in css
    assert "*/" not in css
    depth = 0
    for character in css:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
    assert not re.search(r"url\((?!data:|#)|@import|@charset|expression\(|</|<script|javascript:", css, re.IGNORECASE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_declaration_has_a_name_a_value_and_an_end(file: Path) -> None:
    css = COMMENT.sub("", file.read_text("utf-8"))
    for body in re.findall(r"\{([^{}]*)\}", css):
        left = DECLARATION.sub("", body)
        assert not left.strip(), left


def test_the_rules_of_fragments_are_single_classes_named_once() -> None:
    assert len(RULES) == read_css("fragments.css").count("{")
    assert len(set(RULES)) == len(RULES)


def test_every_rule_of_fragments_is_used_in_the_code() -> None:
    code = "".join(file.read_text("utf-8") for file in sorted(PACKAGE.rglob("*.py")))
    assert [rule for rule in RULES if f'"{rule}"' not in code] == []


def test_a_style_has_the_declarations_of_its_rules_with_later_ones_winning() -> None:
    assert style("title") == "font-weight:bold;padding:0.2em 0"
    assert style("title", padding="0", min_width="3em") == "font-weight:bold;padding:0;min-width:3em"
    assert "padding:0.25em" in style("cell", "page-cell")
    assert "padding:0.3em" not in style("cell", "page-cell")


def test_a_style_fits_an_attribute_and_has_what_untrusted_pages_of_jupyterlab_keep() -> None:
    for rule in RULES:
        written = style(rule)
        assert not re.search(r"[\"<>{}\n]|/\*", written)
        assert not re.search(r"\d(ch|ex|vw|vh)\b", written)


def test_an_unknown_rule_is_a_programming_mistake() -> None:
    with pytest.raises(KeyError):
        style("no-such-rule")
