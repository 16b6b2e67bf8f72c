"""The one instant of a recovery: a whole second, as the same integer number of milliseconds in every request.

RDS selects by binlog events, whose times are whole seconds, and DDM shows whole seconds. A fraction of a second would be
rounded by each service in its own way (rds-api.md, "The same instant").
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from ddmkit.models import Instant
from ddmkit.times import format_utc, from_ms, to_ms

__all__ = ["RecoveryInstant", "at_or_after", "cut_to_second"]

_SECOND_MS = 1000


class RecoveryInstant(BaseModel):
    """A whole second, and the instant that it was made from.

    ``ms`` is what every request carries: milliseconds since 1970, always a multiple of 1000.
    """

    model_config = ConfigDict(frozen=True)

    ms: int
    given: Instant

    @property
    def moment(self) -> datetime:
        """The instant as an aware datetime in UTC."""
        return from_ms(self.ms)

    @property
    def change_words(self) -> str:
        """What was changed to reach a whole second, as a sentence; empty when nothing was changed."""
        if self.given == self.moment:
            return ""
        given = self.given.isoformat().replace("+00:00", "Z")
        verb = "cut" if self.given > self.moment else "raised"
        return f"{given} was {verb} to the whole second {format_utc(self.moment)}: a recovery has no finer instants."


def cut_to_second(given: datetime) -> RecoveryInstant:
    """Return the whole second at or before an instant: no later change can slip in."""
    return RecoveryInstant(ms=to_ms(given) // _SECOND_MS * _SECOND_MS, given=given)


def at_or_after(made: datetime) -> RecoveryInstant:
    """Return the first whole second at or after the making of a backup: nodes must not be older than their metadata."""
    second = cut_to_second(made)
    later = 0 if second.moment == made else _SECOND_MS
    return RecoveryInstant(ms=second.ms + later, given=made)
