"""The thread of a notebook page: its parameters read, and one method for each cell."""

from ddmkit.guide.page import Guide, open_guide
from ddmkit.guide.wishes import Wishes

__all__ = ["Guide", "Wishes", "open_guide"]
