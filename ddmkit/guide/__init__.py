"""A notebook page step by step: each cell calls one method of ``Guide``, ``RecoveryGuide`` or ``DrillGuide``.

``open_guide``, ``open_recovery`` and ``open_drill`` read the page's parameters.
"""

from ddmkit.guide.drill import DrillGuide, open_drill
from ddmkit.guide.factory import open_guide, open_recovery
from ddmkit.guide.notebook import Guide
from ddmkit.guide.parameters import PageParameters
from ddmkit.guide.recovery import RecoveryGuide, RecoveryParameters

__all__ = [
    "DrillGuide",
    "Guide",
    "PageParameters",
    "RecoveryGuide",
    "RecoveryParameters",
    "open_drill",
    "open_guide",
    "open_recovery",
]
