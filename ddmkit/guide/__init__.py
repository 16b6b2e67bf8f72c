"""A notebook page step by step: ``open_guide`` reads the page's parameters, and each cell calls one method of ``Guide``."""

from ddmkit.guide.factory import open_guide
from ddmkit.guide.notebook import Guide
from ddmkit.guide.parameters import PageParameters

__all__ = ["Guide", "PageParameters", "open_guide"]
