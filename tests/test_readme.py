"""The readme says what is true: its code runs, its paths exist, its commands are those of the program."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import forked

TOP = Path(__file__).parents[1]
README = (TOP / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_a_block_of_code_runs_as_printed(block, tmp_path):
    ended = forked.run([sys.executable, "-c", block], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert "as expected" in ended.stdout


def test_every_file_it_shows_exists():
    shown = re.findall(r"\]\(([^)#]+)\)", README)
    assert shown
    assert all((TOP / place).exists() for place in shown if "://" not in place)


def test_every_file_of_its_map_exists_and_every_part_is_on_it():
    drawn = re.search(r"```\n(ddmkit/.*?)```", README, re.DOTALL).group(1)
    named = set(re.findall(r"[a-z_]+(?:\.py|/)", drawn))
    inside = {path.name + ("/" if path.is_dir() else "") for path in (TOP / "ddmkit").iterdir() if "__" not in path.name}
    parts = {name for name in inside if name.endswith(("/", ".py"))}
    folders = {f"{path.name}/" for top in ("ddmkit", "tests") for path in (TOP / top).rglob("*") if path.is_dir()}
    assert parts - named == set()
    assert {name for name in named if name.endswith(".py")} <= parts
    assert {name for name in named if name.endswith("/")} <= folders | {f"{path.name}/" for path in TOP.iterdir()}


def test_it_is_short_enough_to_be_read():
    assert len(README.splitlines()) < 180


def test_its_commands_are_those_of_the_program():
    named = set(re.findall(r"`ddmkit (\w+)", README))
    helped = subprocess.run([sys.executable, "-m", "ddmkit", "--help"], capture_output=True, text=True, check=True).stdout
    assert all(command in helped for command in named)
