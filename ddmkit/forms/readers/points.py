"""Read the points in time that a source can be restored to."""

from __future__ import annotations

from ddmkit.errors import DDMKitError, NotFoundError
from ddmkit.forms.logic.point_options import PointOptions
from ddmkit.kit import Kit

__all__ = ["read_point_options"]


def read_point_options(kit: Kit, source_id: str) -> PointOptions:
    """Return the backups and ranges of a source; ranges that cannot be read are left out, with the reason."""
    backups = tuple(kit.backups(source_id))
    try:
        return PointOptions(backups, tuple(kit.restorable_ranges(source_id)))
    except NotFoundError:
        return PointOptions(backups, ranges_problem="the source is deleted.")
    except DDMKitError as error:
        return PointOptions(backups, ranges_problem=str(error))
