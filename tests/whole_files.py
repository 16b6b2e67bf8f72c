"""How tests are given to the processes: a whole file to one of them.

The tests of a file share what its fixtures make. The process that gives out the tests goes through all that it gave out
whenever a test ends, so a few hundred files cost it much less time than ten thousand tests. Files that share a server stay
together too: their tests are marked with the same ``xdist_group``.
"""

from __future__ import annotations

from xdist.scheduler import LoadGroupScheduling

__all__ = ["WholeFiles"]


class WholeFiles(LoadGroupScheduling):
    """Gives out files, and groups of files, in the order of their first tests: see ``--no-loadscope-reorder``."""

    def _split_scope(self, nodeid: str) -> str:
        group = super()._split_scope(nodeid)
        return nodeid.partition("::")[0] if group == nodeid else group
