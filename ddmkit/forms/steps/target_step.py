"""What the two forms for targets and data nodes share: they depend on the source and the point, and read when needed."""

from __future__ import annotations

from datetime import datetime

from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import Runner, run_at_once
from ddmkit.forms.widgets.base import Form
from ddmkit.kit import Kit

__all__ = ["TargetStep"]


class TargetStep(Form):
    """A form for what is restored to. It reads nothing before it is opened, and reads again for another source or point."""

    def __init__(self, kit: Kit, *, run: Runner = run_at_once) -> None:
        super().__init__(run=run)
        self._kit = kit
        self._source_id = ""
        self._point: datetime | None = None
        self._backup_id = ""
        self._is_stale = False
        self.again = style.button(
            "Read targets and nodes again", "Read targets and data nodes from the service again", "ddmkit-target-again"
        )
        self.again.on_click(lambda _button: self._run(self.refresh))

    def set_source(self, source_id: str, point: datetime | None, backup_id: str = "") -> None:
        """Set the source and the instant for which targets and data nodes are read, when they are needed.

        ``backup_id`` is the chosen backup: it names the source's data nodes if the service does not show them.
        """
        if (source_id, point, backup_id) != (self._source_id, self._point, self._backup_id):
            self._source_id, self._point, self._backup_id = source_id, point, backup_id
            self._is_stale = True
            self._notify()

    @property
    def needs_reading(self) -> bool:
        """Whether targets and data nodes have not been read yet for the given source and point."""
        return self._is_stale and bool(self._source_id) and self._point is not None

    @property
    def needs_nodes(self) -> bool:
        """Whether a target is chosen and some of its data nodes are not; never where no data node has to be chosen."""
        return False

    def read_if_needed(self) -> None:
        """Read targets and data nodes, unless they have been read for this source and point."""
        if self.needs_reading:
            self.refresh()

    def refresh(self) -> None:
        """Read targets and data nodes from the service."""
        raise NotImplementedError
