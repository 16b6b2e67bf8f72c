"""What the pages for people in .github say about the project is true: files, versions, chapters."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import ddmkit

TOP = Path(__file__).parents[1]
GITHUB = TOP / ".github"
PAGES = sorted(GITHUB.rglob("*.md"))
REFERENCES = tuple(sorted((GITHUB / "reference").glob("*.md")))
CITED = r"((?:\d+(?:\.\d+)?(?:, | and | to )?)+)"


def name_of(page: Path) -> str:
    return page.relative_to(TOP).as_posix()


def exists(page: Path, named: str) -> bool:
    """Whether a path leads somewhere from the project's root, from ddmkit, from .github, or from the page itself."""
    return any((start / named).exists() for start in (TOP, TOP / "ddmkit", GITHUB, page.parent))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    # Paths in backticks and on command lines; a name with capitals (NAME.json) stands for something else.
    named = set(re.findall(r"(?<![\w/.-])((?:[a-z_.]+/)+[\w.-]*\w|[\w-]+\.(?:py|md|toml|ipynb))(?![\w/])", _spans(text)))
    named |= {link.split("#")[0] for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text)}
    placeholders = ("NAME", "instances/", "backups/", "build/", ".venv/")
    missing = [one for one in named if not exists(page, one) and not any(word in one for word in placeholders)]
    assert [one for one in missing if not _is_found_by_name(one)] == []


def _spans(text: str) -> str:
    """Return the text of all code spans and blocks of a page; requests of the service's API are no files."""
    found = re.findall(r"```\w*\n(.*?)```|`([^`\n]+)`", text, re.DOTALL)
    spans = [block or span for block, span in found]
    return "\n".join(
        span for span in spans if not re.match(r"(GET|POST|P1?/|\.\.\./|/v\d|application/)", span) and "://" not in span
    )


def _is_found_by_name(named: str) -> bool:
    """Whether a bare file name is the name of a module: where the text has just named its folder."""
    return "/" not in named and any(any((TOP / folder).rglob(named)) for folder in ("ddmkit", ".github"))


def test_every_name_that_the_recipes_use_is_in_the_code() -> None:
    recipes = (GITHUB / "CONTRIBUTING.md").read_text("utf-8").partition("## Add a check")[2]
    code = "\n".join(file.read_text("utf-8") for folder in ("ddmkit", "tests") for file in (TOP / folder).rglob("*.py"))
    # Names that begin with an underscore, hold a capital inside, or are followed by a bracket.
    spans = "\n".join(span for span in re.findall(r"`([^`\n]+)`", recipes) if "/" not in span)
    used = set(re.findall(r"\b_\w+|\b[A-Z][a-z]+[A-Z]\w+|\b[A-Z]\w+_\w+|\b\w+(?=\()", spans))
    assert len(used) > 30
    assert sorted(name for name in used if not re.search(rf"\b{name}\b", code)) == []


def test_the_change_log_names_the_present_version() -> None:
    version = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    headings = re.findall(r"^## (\S+)$", (GITHUB / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == version == ddmkit.__version__


def chapters_of(cited: str) -> list[str]:
    """Return each chapter of a citation: `2 to 7` names the first and the last of them."""
    return re.findall(r"\d+(?:\.\d+)?", cited)


@pytest.mark.parametrize("folder", ["ddmkit", "tests"])
@pytest.mark.parametrize("reference", REFERENCES, ids=name_of)
def test_every_citation_leads_to_a_chapter_of_the_reference(folder: str, reference: Path) -> None:
    chapters = set(re.findall(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", reference.read_text("utf-8"), re.MULTILINE))
    citation = re.compile(rf"{re.escape(reference.name)} {CITED}")
    missing = {
        f"{path.relative_to(TOP)}: {chapter}"
        for path in (TOP / folder).rglob("*.py")
        for cited in citation.findall(path.read_text("utf-8"))
        for chapter in chapters_of(cited)
        if chapter not in chapters
    }
    assert missing == set()


@pytest.mark.parametrize("reference", REFERENCES, ids=name_of)
def test_every_chapter_of_the_reference_names_its_source(reference: Path) -> None:
    parts = re.split(r"^#{2,3} (?=\d)", reference.read_text("utf-8"), flags=re.MULTILINE)[1:]
    named = re.compile(r"Source|inferred|\[(?:sdk|ae|otc|hwc|tools|ours|rds|ddm|vpc|cts|derived)\b")
    bare = [part.splitlines()[0] for part in parts if len(part.splitlines()) > 3 and not named.search(part)]
    assert bare == []
