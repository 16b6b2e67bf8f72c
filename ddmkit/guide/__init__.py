"""The thread of a notebook page: its parameters read, and one method for each cell."""

from ddmkit.guide.notebook import Guide, open_guide
from ddmkit.guide.parameters import Wishes

__all__ = ["Guide", "Wishes", "open_guide"]
