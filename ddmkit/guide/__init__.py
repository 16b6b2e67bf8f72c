"""A notebook page step by step: each cell calls one method of ``Guide``, or of the guide of another kind of page.

``open_guide``, ``open_recovery``, ``open_drill`` and ``open_fleet`` read the page's parameters.
"""

from ddmkit.guide.drill import DrillGuide
from ddmkit.guide.factory import open_drill, open_fleet, open_guide, open_recovery
from ddmkit.guide.fleet import FleetGuide
from ddmkit.guide.notebook import Guide
from ddmkit.guide.parameters import PageParameters
from ddmkit.guide.recovery import RecoveryGuide, RecoveryParameters

__all__ = [
    "DrillGuide",
    "FleetGuide",
    "Guide",
    "PageParameters",
    "RecoveryGuide",
    "RecoveryParameters",
    "open_drill",
    "open_fleet",
    "open_guide",
    "open_recovery",
]
