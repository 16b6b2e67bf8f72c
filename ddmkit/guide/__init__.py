"""The thread of a notebook page: its parameters read, and one method for each cell."""

from ddmkit.guide.notebook import Guide, open_guide
from ddmkit.guide.parameters import PageParameters

__all__ = ["Guide", "PageParameters", "open_guide"]
