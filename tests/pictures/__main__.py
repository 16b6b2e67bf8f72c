"""Draws the pictures of the README: ``python -m tests.pictures`` from the top of a checkout."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import ddmkit
from ddmkit.display.altair_charts import render_png
from tests.pictures.form import photograph_form

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
    print(*[draw_timeline(), *photograph_form(HERE)], sep="\n")
