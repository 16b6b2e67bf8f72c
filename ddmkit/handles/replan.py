"""A record's restore planned again: the new plan, and what has changed since the plan on the record."""

from __future__ import annotations

import json
from typing import Any

from ddmkit.display.html import Fragment, join
from ddmkit.display.rows import Rows
from ddmkit.handles.plan import Plan
from ddmkit.records.events import canonical_json
from ddmkit.records.reader import RunReader
from ddmkit.records.runs import RunData
from ddmkit.rehearsal.differences import MOST_SHOWN, Comparison, Difference, compare_plans, show_differences

__all__ = ["Replan"]


class Replan:
    """A new plan from a record's inputs. ``plan`` can be submitted; ``facts`` and ``checks`` list what changed."""

    def __init__(self, run: RunData, plan: Plan) -> None:
        self.plan = plan
        recorded = RunReader(run)
        # In the form of a record, in which every number has one spelling.
        new = json.loads(canonical_json(plan.for_record()))
        parts = compare_plans(recorded.plan, recorded.checks, new, [check.model_dump(mode="json") for check in plan.checks])
        self._changes = Comparison(f"record {run.id}, planned", "now", {**parts, "durations": ()})

    def __repr__(self) -> str:
        return self.show().text

    @property
    def facts(self) -> Rows[Difference]:
        """What the service shows differently now."""
        return self._changes.facts

    @property
    def checks(self) -> Rows[Difference]:
        """Which checks have another result now."""
        return self._changes.checks

    @property
    def same(self) -> bool:
        """Whether nothing has changed since."""
        return self._changes.same

    def show(self) -> Fragment:
        """Return the new plan and what changed, as static HTML and text."""
        parts = [
            show_differences("Checks that changed since", self.checks),
            show_differences("Facts that changed since", self.facts, most=MOST_SHOWN),
            self.plan.show(),
        ]
        return Fragment(join([part.html for part in parts]), "\n\n".join(part.text for part in parts))

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.show()._repr_mimebundle_()
