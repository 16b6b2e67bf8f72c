"""Measures the record store: listing 10,000 records takes under a second, opening one under 100 ms.

``python -m tests.benchmarks.records [--records N]`` from the project's root. Exit code 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ddmkit.handles.records import Records
from ddmkit.records import RecordStore, RunData, read_record_file

SAMPLE = Path(__file__).parent.parent / "samples" / "record-v1.ddmrecord.json"
LIST_GOAL_S, OPEN_GOAL_S = 1.0, 0.1
RUNS = 5


def main() -> int:
    """Measure, print, and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.records", description=__doc__)
    parser.add_argument("--records", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ddmkit-benchmarks-") as folder:
        place = Path(folder) / "records.sqlite"
        with RecordStore.open(place, clock=lambda: datetime.now(UTC)) as store:
            store.import_runs(list(make_runs(options.records)))
            records = Records(store)
            middle = store.list(limit=options.records // 2 + 1)[-1].id
            measured = [
                (f"list {options.records:,} records", median_s(records.list), LIST_GOAL_S),
                ("  and as a DataFrame", median_s(records.frame), LIST_GOAL_S * 2),
                ("open one of them", median_s(lambda: records.get(middle)), OPEN_GOAL_S),
                ("open it by a part of its id", median_s(lambda: records.get(middle[:-1])), OPEN_GOAL_S),
                ("open and verify it", median_s(lambda: records.get(middle).verify()), OPEN_GOAL_S),
            ]
            print(f"store: {place.stat().st_size / 1e6:,.0f} MB")
    for what, took_s, goal_s in measured:
        print(
            f"{what:<32}{took_s * 1000:>9.1f} ms   goal {goal_s * 1000:>6.0f} ms   {'met' if took_s < goal_s else 'MISSED'}"
        )
    return int(any(took_s >= goal_s for _, took_s, goal_s in measured))


def make_runs(count: int) -> Iterator[RunData]:
    """Return so many records of whole restores, alike but for ids and times; their events keep the sample's hashes."""
    sample = read_record_file(SAMPLE)
    for number in range(count):
        header = sample.header.model_copy(update={"plan_id": f"p-{number:06d}", "target_id": f"target-{number:06d}"})
        at = sample.created + timedelta(minutes=number)
        # One in ten has its whole plan with it; the others would only make the file larger.
        events = sample.events if number % 10 == 5 else tuple(one for one in sample.events if one.kind != "planned")
        events = tuple(one.model_copy(update={"seq": seq}) for seq, one in enumerate(events, 1))
        identity = f"r-{at:%Y%m%d-%H%M%S}-{number:06x}"
        yield sample.model_copy(update={"id": identity, "created": at, "header": header, "events": events})


def median_s(act: Callable[[], object]) -> float:
    """Return the median time of some runs, in seconds."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    sys.exit(main())
