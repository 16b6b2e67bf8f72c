"""Preconditions about the point in time: every data node can be recovered to it, now and while a person hesitates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import reduce
from itertools import pairwise

from ddmkit.restore.checks.result import Finding, fail, ok, unread, warn
from ddmkit.restore.proofs.instants import show_ms
from ddmkit.restore.proofs.recovery_facts import Precondition, RecoveryFacts, SourceNodeFacts, name_nodes
from ddmkit.times import format_duration, to_ms

__all__ = ["TIME_CHECKS", "legal_ranges", "nearest_legal"]

# No page says whether the ends of a range belong to it.
_MARGIN_MS = 1000
_DAY_MS = 86_400_000
_SOON_MS = _DAY_MS

Spans = list[tuple[int, int]]


def legal_ranges(node: SourceNodeFacts) -> Spans | None:
    """Return the spans of whole seconds to recover a node to, one second inside its ranges; ``None`` if unread."""
    if node.ranges.value is None:
        return None
    spans = ((_up(one.start_ms + _MARGIN_MS), _down(one.end_ms - _MARGIN_MS)) for one in node.ranges.value)
    return sorted((start, end) for start, end in spans if start <= end)


def nearest_legal(facts: RecoveryFacts) -> tuple[int | None, int | None]:
    """Return the nearest instants before and after the chosen one to which all data nodes can be recovered."""
    read = [spans for spans in map(legal_ranges, facts.to_recover) if spans is not None]
    common = reduce(_intersect, read) if read else []
    point = facts.restore_time_ms
    before = max((min(end, point) for start, end in common if start <= point), default=None)
    after = min((max(start, point) for start, end in common if end >= point), default=None)
    return before, after


def _intersect(one: Spans, other: Spans) -> Spans:
    both = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return sorted((start, end) for start, end in both if start <= end)


def _up(instant_ms: int) -> int:
    return -(-instant_ms // 1000) * 1000


def _down(instant_ms: int) -> int:
    return instant_ms // 1000 * 1000


def _is_inside(spans: Sequence[tuple[int, int]], instant_ms: int) -> bool:
    return any(start <= instant_ms <= end for start, end in spans)


def check_time_per_node(facts: RecoveryFacts) -> Finding:
    """The point in time lies in a restorable range of every data node."""
    point = facts.restore_time_ms
    unasked = [node for node in facts.to_recover if node.ranges.value is None]
    outside = [node for node in facts.to_recover if not _is_inside(legal_ranges(node) or (), point) and node not in unasked]
    seen = tuple(f"{node.words}: {_describe_ranges(node)}" for node in facts.to_recover)
    if outside:
        return fail(f"{show_ms(point)} is in no restorable range of {name_nodes(outside)}.", _suggest_instants(facts), seen)
    uncovered = [node for node in unasked if not _is_covered_by_backups(node, point)]
    if uncovered:
        return unread(
            f"The restorable ranges of {name_nodes(uncovered)} cannot be read ({uncovered[0].ranges.problem}).",
            "A point in time that cannot be restored to is refused only after some nodes were created.",
            *(node.ranges for node in uncovered),
        )
    if unasked:
        return ok(f"Ranges or backups of all nodes cover {show_ms(point)}; ranges not read: {name_nodes(unasked)}.", seen)
    return ok(f"{show_ms(point)} is in a restorable range of every data node.", seen)


def _describe_ranges(node: SourceNodeFacts) -> str:
    if node.ranges.value is None:
        return f"ranges not read ({node.ranges.problem})"
    shown = [f"{show_ms(one.start_ms)} to {show_ms(one.end_ms)}" for one in node.ranges.value]
    return "; ".join(shown) or "no restorable range"


def _suggest_instants(facts: RecoveryFacts) -> str:
    before, after = nearest_legal(facts)
    known = [show_ms(one) for one in (before, after) if one is not None]
    if not known:
        return "The data nodes have no restorable instant in common. Restore a manual backup of each, by hand."
    return f"The nearest instants that all data nodes can be recovered to: {' and '.join(known)}."


def _is_covered_by_backups(node: SourceNodeFacts, point: int) -> bool:
    """Return whether a full backup before the instant and a later incremental one cover it, in place of the ranges."""
    done = [one for one in node.backups.value or () if one.is_completed and one.end_time is not None]
    full = any(one.is_full and to_ms(one.end_time) <= point for one in done if one.end_time is not None)
    later = any(not one.is_full and to_ms(one.end_time) >= point for one in done if one.end_time is not None)
    return full and later


def check_binlog_tail(facts: RecoveryFacts) -> Finding:
    """The binary log up to the point in time has been saved by every data node."""
    late = []
    for node in facts.to_recover:
        last = max((one.end_ms for one in node.ranges.value or ()), default=None)
        if last is not None and facts.restore_time_ms > last - _MARGIN_MS:
            late.append((node, last))
    if not late:
        return ok("The binary log up to the point in time is saved, as far as the ranges tell.")
    node, last = min(late, key=lambda pair: pair[1])
    return fail(
        f"{name_nodes([one for one, _ in late])}: saved up to {show_ms(last)} only.",
        f"The log of {node.words} is saved about every 5 minutes: wait, and plan again. Or choose an earlier point in time.",
    )


def check_full_backup(facts: RecoveryFacts) -> Finding:
    """Every data node has a complete full backup from before the point in time."""
    without, unasked, seen = [], [], []
    for node in facts.to_recover:
        if node.backups.value is None:
            unasked.append(node)
            continue
        ended = [to_ms(one.end_time) for one in node.backups.value if one.is_completed and one.is_full and one.end_time]
        earlier = [one for one in ended if one <= facts.restore_time_ms]
        if earlier:
            seen.append(f"{node.words}: full backup of {show_ms(max(earlier))}")
        else:
            without.append(node)
            seen += _describe_failed(node, facts.restore_time_ms)
    if without:
        return fail(
            f"No complete full backup before {show_ms(facts.restore_time_ms)}: {name_nodes(without)}.",
            "Choose a later point in time, after the first full backup of every data node. A full backup fails with more "
            "than 500,000 tables, and while a long DDL statement locks tables.",
            tuple(seen),
        )
    if unasked:
        return warn(
            f"The backups of {name_nodes(unasked)} cannot be read ({unasked[0].backups.problem}).",
            "Look in the console of RDS: a complete full backup from before the point in time.",
            tuple(seen),
        )
    return ok("Every data node has one.", tuple(seen))


def _describe_failed(node: SourceNodeFacts, point: int) -> list[str]:
    """Tell the last full backup that failed before an instant."""
    failed = [one for one in node.backups.value or () if one.is_full and one.status.casefold() == "failed"]
    ended = sorted(to_ms(at) for one in failed if (at := one.end_time or one.begin_time) is not None)
    return [f"{node.words}: the full backup of {show_ms(at)} has failed" for at in ended if at <= point][-1:]


def check_policy(facts: RecoveryFacts) -> Finding:
    """Automated backups are on, and the point in time does not expire soon."""
    off, soon, unasked, seen = [], [], [], []
    for node in facts.to_recover:
        policy = node.policy.value
        if policy is None or policy.keep_days is None:
            unasked.append(node)
        elif not policy.keep_days:
            off.append(node)
        else:
            expires = facts.restore_time_ms + policy.keep_days * _DAY_MS
            seen.append(f"{node.words}: kept for {policy.keep_days} days, until {show_ms(expires)}")
            if expires - facts.now_ms < _SOON_MS:
                soon.append(f"{node.words} at {show_ms(expires)}")
    if off:
        return warn(
            f"Automated backups are off: {name_nodes(off)}.",
            "What can be restored now may vanish. Recover soon, and switch backups on for the new nodes.",
            tuple(seen),
        )
    if soon:
        return warn(
            f"The point in time expires within a day: {name_nodes(soon)}.", "Begin the recovery before.", tuple(seen)
        )
    if unasked:
        why = unasked[0].policy.problem or "the service does not say how long backups are kept"
        return warn(
            f"The backup policy of {name_nodes(unasked)} cannot be read ({why}).",
            "Look in the console of RDS how long backups are kept.",
            tuple(seen),
        )
    return ok("Automated backups are on, and the point in time is kept for more than a day.", tuple(seen))


def check_ranges_agree(facts: RecoveryFacts) -> Finding:
    """DDM's restorable ranges and those of the data nodes say the same about the point in time."""
    ranges = facts.ddm_ranges.value
    if ranges is None:
        return warn(
            f"DDM's restorable ranges cannot be read ({facts.ddm_ranges.problem}).",
            "The metadata restore may refuse the point in time afterwards. Compare with the console of DDM.",
        )
    if not any(to_ms(one.start_time) <= facts.restore_time_ms <= to_ms(one.end_time) for one in ranges):
        shown = "; ".join(f"{show_ms(to_ms(one.start_time))} to {show_ms(to_ms(one.end_time))}" for one in ranges) or "none"
        return fail(
            f"DDM does not list the point in time as restorable. Its ranges: {shown}.",
            "Choose a point in time within them: the metadata restore would refuse this one after the nodes were recovered.",
        )
    if all(_is_inside(legal_ranges(node) or (), facts.restore_time_ms) for node in facts.to_recover):
        return ok("DDM and every data node list the point in time as restorable.")
    return ok("DDM lists the point in time as restorable, although a data node does not: see the check of each node.")


def tell_gaps(facts: RecoveryFacts) -> Finding:
    """An in-place restore of a data node leaves a gap in its ranges."""
    gaps = []
    for node in facts.to_recover:
        spans = sorted((one.start_ms, one.end_ms) for one in node.ranges.value or ())
        for (_, end), (start, _) in pairwise(spans):
            if start > end:
                gap = format_duration(timedelta(milliseconds=start - end))
                gaps.append(f"{node.words}: {show_ms(end)} to {show_ms(start)} ({gap})")
    return ok(f"{len(gaps)} gaps; the point in time is checked against each." if gaps else "No gaps.", tuple(gaps))


TIME_CHECKS = (
    Precondition("time-per-node", "Point in time of every node", "API page ListRestoreTimes", check_time_per_node),
    Precondition("binlog-tail", "Saved binary log", "RDS manual: the log is saved about every 5 minutes", check_binlog_tail),
    Precondition("full-backup", "Full backup before it", "RDS manual: a full backup, then the log", check_full_backup),
    Precondition("policy-on", "Backup policy", "API page ShowBackupPolicy: keep_days", check_policy),
    Precondition("ranges-agree", "Ranges of DDM and of the nodes", "API page ShowAvalibleTime", check_ranges_agree),
    Precondition("in-place-gap", "Gaps in the ranges", "RDS manual: a restore in place leaves a gap", tell_gaps),
)
