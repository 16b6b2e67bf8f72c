"""Draws pictures, from the top of a checkout.

``python -m tests.pictures`` draws those of the README. ``python -m tests.pictures steps FOLDER [RecoveryForm]`` draws every step of a
form in both themes and three widths, to be looked at after a change of its layout.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import ddmkit
from ddmkit.display.altair_charts import render_png
from tests.pictures.form import photograph_form
from tests.pictures.steps import photograph_steps

HERE = Path(__file__).parent
NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


def draw_timeline() -> Path:
    with TemporaryDirectory() as folder, ddmkit.demo(world=Path(folder) / "world.sqlite", now=NOON) as kit:
        facts = kit.scenario
        picture = render_png(kit.timeline(facts.source, point=facts.backup_id, incident=facts.incident))
    assert picture is not None, "drawing needs vl-convert-python: python -m pip install -e '.[test]'"
    place = HERE / "timeline.png"
    place.write_bytes(picture)
    return place


if __name__ == "__main__":
    if sys.argv[1:2] == ["steps"]:
        for picture in photograph_steps(Path(sys.argv[2]), *sys.argv[3:4]):
            print(picture, flush=True)
    else:
        print(*[draw_timeline(), *photograph_form(HERE)], sep="\n")
