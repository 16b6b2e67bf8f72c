"""A notebook page step by step: each cell calls one method of ``Guide``, or of ``RecoveryGuide`` for a whole recovery.

``open_guide`` and ``open_recovery`` read the page's parameters.
"""

from ddmkit.guide.factory import open_guide, open_recovery
from ddmkit.guide.notebook import Guide
from ddmkit.guide.parameters import PageParameters
from ddmkit.guide.recovery import RecoveryGuide, RecoveryParameters

__all__ = ["Guide", "PageParameters", "RecoveryGuide", "RecoveryParameters", "open_guide", "open_recovery"]
