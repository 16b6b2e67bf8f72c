"""A notebook page step by step: each cell calls one method of ``Guide``, or of ``RecoveryGuide`` for a whole recovery.

``open_guide`` and ``open_recovery`` read the page's parameters; ``open_fleet`` those of the page of a fleet.
"""

from ddmkit.guide.factory import open_fleet, open_guide, open_recovery
from ddmkit.guide.fleet import FleetGuide
from ddmkit.guide.notebook import Guide
from ddmkit.guide.parameters import PageParameters
from ddmkit.guide.recovery import RecoveryGuide, RecoveryParameters

__all__ = [
    "FleetGuide",
    "Guide",
    "PageParameters",
    "RecoveryGuide",
    "RecoveryParameters",
    "open_fleet",
    "open_guide",
    "open_recovery",
]
