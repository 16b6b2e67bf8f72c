"""A process of version 0.1.0 that has the store open while a newer version upgrades it.

The sample holds the modules of the record store from the wheel of version 0.1.0, as they were built.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ddmkit.records import ClaimConflict, RecordStore, verify_chain

OLD_VERSION = Path(__file__).parents[1] / "samples" / "ddmkit-0.1.0-records.zip"
OLD_PROCESS = """
import sys
from datetime import UTC, datetime
import ddmkit
from ddmkit.records.runs import RunHeader
from ddmkit.records.store import RecordStore

def header(name):
    return RunHeader(plan_id=name, digest=name, project_id="project-1", source_id="s", target_id="target-" + name)

def do(what, run_id, name):
    if what == "claim": store.claim(run_id)
    if what == "answer": store.append(run_id, "answered", {"job_id": "job-" + name})
    if what == "free": store.settle(run_id, "freed")
    if what == "end": store.settle(run_id, "completed")

store = RecordStore.open(sys.argv[1], service="ddm.example.com", clock=lambda: datetime.now(UTC))
runs = {name: store.begin(header(name)) for name in "abcd"}
for name in "abd":
    store.claim(runs[name])
store.append(runs["d"], "answered", {"job_id": "job-d"})
print(ddmkit.__version__, *runs.values(), flush=True)
for line in sys.stdin:
    what, name = line.split()
    try:
        do(what, runs[name], name)
        print("done", flush=True)
    except Exception as error:
        print(type(error).__name__, " ".join(str(error).split()), flush=True)
"""


class OldProcess:
    """Lets the old version do something, and gives what it says."""

    def __init__(self, place: str, folder: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(OLD_VERSION)}
        command = [sys.executable, "-W", "ignore", "-c", OLD_PROCESS, place]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env=environment, cwd=folder, **pipes)
        version, *runs = self.process.stdout.readline().split()
        assert version == "0.1.0"
        self.runs = dict(zip("abcd", runs, strict=True))

    def __call__(self, what: str) -> str:
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@pytest.fixture
def old(place, tmp_path):
    opened = OldProcess(place, tmp_path)
    yield opened
    opened.process.communicate()


def test_an_open_process_of_the_first_version_cannot_claim_after_the_upgrade_and_ends_what_it_has_begun(
    old, place, clock, header
):
    with RecordStore.open(place, service="ddm.example.com", clock=clock) as store:
        assert store.holder("project-1", "target-a").run_id == old.runs["a"]
        assert store.owned_ids() == {"job-d"}

        assert "upgraded by a newer ddmkit: end this program and start it again" in old("claim c")
        assert store.holder("project-1", "target-c") is None
        assert [event.kind for event in store.get(old.runs["c"]).events] == ["opened"]

        assert old("answer a") == "done"
        second = store.begin(header("second", target_id="target-a"))
        with pytest.raises(ClaimConflict):
            store.claim(second)
        assert old("end a") == "done"
        store.claim(second)

        assert old("free b") == "done"
        assert "start it again" in old("claim b")
        store.claim(old.runs["b"])

        store.settle(old.runs["d"], "completed")
        store.claim(store.begin(header("third", target_id="target-d")))
        assert all(verify_chain(store.get(run.id)) == [] for run in store.list())
        assert {run.header.kind for run in store.list()} == {"restore"}
