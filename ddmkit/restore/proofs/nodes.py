"""Judge whether data nodes were recovered, one from each of the source's, to one and the same instant.

A verdict passes on statements of the service alone: our own recorded request, an audit trace, or the parameters of a task.
Tags and names can be written by anybody and are shown as claims. Circumstances only refute. Source: proofs.md 1 to 3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from ddmkit.restore.proofs.circumstances import describe_doubts, describe_refutations
from ddmkit.restore.proofs.facts import Evidence, InPlaceRestore, NodeFacts, NodeProofs, Verdict, combine
from ddmkit.restore.proofs.instants import is_same_second, show_ms
from ddmkit.times import format_duration

__all__ = ["NO_SNAPSHOT", "NodeVerdict", "NodesVerdict", "Wanted", "judge_node", "judge_nodes"]

NO_SNAPSHOT = (
    "Every data node is recovered by itself to this instant. Together they are no snapshot of the whole: a transaction that "
    "changed several data nodes at this instant may be complete on one and missing on another."
)
"""What a plan says once about nodes that were recovered one by one. Source: proofs.md 1."""

_MOST_NAMES = 5
_RECOVER_AGAIN = "Choose a data node that was recovered from {source} to {instant}; if there is none, recover one."
_NAMES = {
    "echo": "own record, with source and instant repeated by the service",
    "own-record": "own record",
    "audit-trace": "audit trail",
    "task-detail": "task list",
    "tags": "tags",
    "name": "name",
}


@dataclass(frozen=True)
class Wanted:
    """What the data nodes must have been recovered to, and from.

    With ``restore_time_ms`` every instant equals it. With ``backup_ms`` (when the metadata backup was made) all nodes share
    one instant, at or after the backup and before the next one. ``later_backups_ms`` and ``source_ids`` are ``None`` if they
    cannot be read.
    """

    restore_time_ms: int | None = None
    backup_ms: int | None = None
    later_backups_ms: tuple[int, ...] | None = None
    source_ids: tuple[str, ...] | None = None

    @property
    def earliest_ms(self) -> int | None:
        """The instant itself, or the earliest that fits."""
        return self.restore_time_ms if self.restore_time_ms is not None else self.backup_ms

    @property
    def words(self) -> str:
        """The instant for people."""
        if self.restore_time_ms is not None:
            return show_ms(self.restore_time_ms)
        return "one instant" + (f", at or soon after {show_ms(self.backup_ms)}" if self.backup_ms is not None else "")


class NodeVerdict(Verdict):
    """The verdict on one data node; ``source_id`` and ``instant_ms`` are set when a proof states them.

    ``remarks`` are what was seen of a node about which nothing is stated; empty for every other node.
    """

    node_id: str
    name: str = ""
    source_id: str = ""
    instant_ms: int | None = None
    is_unproved: bool = False
    remarks: tuple[str, ...] = ()


class NodesVerdict(Verdict):
    """The verdict on all data nodes together, and on each."""

    nodes: tuple[NodeVerdict, ...] = ()


def judge_nodes(proofs: NodeProofs, node_ids: Iterable[str], wanted: Wanted) -> NodesVerdict:
    """Return one verdict for all data nodes: each by itself, one to one with the source's, and equal among themselves."""
    found = {one: _judge(_Case.of(proofs, one, wanted)) for one in dict.fromkeys(node_ids)}
    if not found:
        return NodesVerdict(status="fail", detail="No data node was given.", hint="Give one for each of the source's.")
    found = _find_doubled(found)
    if wanted.restore_time_ms is None:
        found = _compare_instants(found)
    missing = _find_missing(found, wanted)
    whole = _say_what_was_tried(combine(_tell_unproved_together(found), _describe_pass(found, wanted)), proofs)
    if missing and whole.status != "fail":
        whole = Verdict(
            status="fail",
            detail=f"No data node was recovered from {', '.join(missing)}.",
            hint=_RECOVER_AGAIN.format(source=" and from ".join(missing), instant=wanted.words),
            evidence=whole.evidence,
        )
    return NodesVerdict(**whole.model_dump(), nodes=tuple(found.values()))


def judge_node(proofs: NodeProofs, node_id: str, wanted: Wanted) -> NodeVerdict:
    """Return the verdict on one data node, without a look at the others."""
    return _say_what_was_tried(_judge(_Case.of(proofs, node_id, wanted)), proofs)


VerdictT = TypeVar("VerdictT", bound=Verdict)


def _say_what_was_tried(verdict: VerdictT, proofs: NodeProofs) -> VerdictT:
    """Add the reads that were tried to a warning, for the person who has to decide without them."""
    if verdict.status != "warn" or not proofs.tried:
        return verdict
    tried = "; ".join(map(str, proofs.tried))
    return verdict.model_copy(update={"detail": f"{verdict.detail} Tried: {tried}."})


def _judge(case: _Case) -> NodeVerdict:
    said = [one for one in case.evidence if one.is_proof]
    judged = [_judge_statement(case, one) for one in said]
    refutations = [one for one in judged if one.status == "fail"]
    if refutations:
        return refutations[0]
    if case.refutations:
        return case.verdict(
            "fail",
            f"{case.name} cannot be the recovered one: {'; '.join(case.refutations)}.",
            _RECOVER_AGAIN.format(source="the source's", instant=case.wanted.words),
        )
    if len({(one.source_id, one.restore_time_ms) for one in said}) > 1:
        return case.verdict(
            "warn",
            f"The statements about {case.name} differ: {'; '.join(map(_describe, said))}.",
            "Find out which of them is right before you accept this.",
        )
    if case.replaced:
        times = ", ".join(f"{show_ms(one.ms)}{_place(one)}" for one in case.replaced)
        return case.verdict(
            "warn",
            f"The content of {case.name} was replaced by a restore onto it, after it was created: {times}.",
            f"Accept this only if that restore brought it to {case.wanted.words}. Better recover a new data node.",
            said[0] if said else None,
        )
    if judged:
        return next((one for one in judged if one.status == "warn"), judged[0])
    return _not_proved(case)


@dataclass(frozen=True)
class _Case:
    """One data node with all that is known about it."""

    node_id: str
    name: str
    wanted: Wanted
    evidence: tuple[Evidence, ...]
    replaced: tuple[InPlaceRestore, ...]
    refutations: tuple[str, ...]
    doubts: tuple[str, ...]
    remarks: tuple[str, ...]

    @classmethod
    def of(cls, proofs: NodeProofs, node_id: str, wanted: Wanted) -> _Case:
        read = proofs.nodes.get(node_id)
        node = read.value if read is not None else None
        evidence = tuple(one for one in proofs.evidence if one.node_id == node_id)
        replaced = tuple(one for one in proofs.in_place if one.node_id == node_id and _is_later(one, node))
        sources = _possible_sources(proofs, evidence, wanted)
        refutations = describe_refutations(node, sources, wanted.earliest_ms, replaced=bool(replaced)) if node else ()
        tried = () if read is None or node is not None else (f"list of data nodes: {read.problem}",)
        return cls(
            node_id=node_id,
            name=_name(node, node_id),
            wanted=wanted,
            evidence=evidence,
            replaced=replaced,
            refutations=refutations,
            doubts=describe_doubts(node, sources) if node else (),
            remarks=(*tried, *proofs.remarks.get(node_id, ())),
        )

    def verdict(self, status: str, detail: str, hint: str = "", said: Evidence | None = None) -> NodeVerdict:
        lines = tuple(f"{self.name}: {_describe(one)}" for one in self.evidence)
        seen = lines or tuple(f"{self.name}: {one}" for one in self.remarks)
        return NodeVerdict.model_validate(
            {
                "status": status,
                "detail": detail,
                "hint": hint,
                "evidence": seen,
                "node_id": self.node_id,
                "name": self.name,
                "source_id": said.source_id if said is not None else "",
                "instant_ms": said.restore_time_ms if said is not None else None,
            }
        )


def _name(node: NodeFacts | None, node_id: str) -> str:
    return f"{node.name} ({node_id})" if node is not None and node.name and node.name != node_id else node_id


def _is_later(restore: InPlaceRestore, node: NodeFacts | None) -> bool:
    return node is None or node.created_ms is None or restore.ms > node.created_ms


def _possible_sources(proofs: NodeProofs, evidence: Iterable[Evidence], wanted: Wanted) -> list[NodeFacts]:
    stated = [one.source_id for one in evidence if one.is_proof]
    facts = [proofs.sources[one] for one in stated or wanted.source_ids or () if one in proofs.sources]
    return [fact.value for fact in facts if fact.value is not None]


def _describe(one: Evidence) -> str:
    kind = _NAMES[one.kind]
    where = f", {one.where}" if one.where else ""
    if one.restore_type == "backup":
        to = f"its backup {one.backup_id or '(not named)'}"
    else:
        to = show_ms(one.restore_time_ms) if one.restore_time_ms is not None else "an instant that is not stated"
    verb = "recovered" if one.is_proof else "said to be recovered"
    return f"{verb} from {one.source_id or 'an unnamed node'} to {to} ({kind}{where}; {one.strength})"


def _place(one: InPlaceRestore) -> str:
    return f" ({one.where})" if one.where else ""


def _judge_statement(case: _Case, said: Evidence) -> NodeVerdict:
    """Return the verdict that one statement of the service leads to, if nothing else speaks against it."""
    wanted, instant = case.wanted, said.restore_time_ms
    again = _RECOVER_AGAIN.format(source=said.source_id or "the source's data node", instant=wanted.words)
    if said.restore_type == "backup":
        detail = f"{case.name} was restored from a backup of {said.source_id}, {said.backup_id}, and not to an instant."
        return case.verdict("fail", detail, again, said)
    if wanted.source_ids is not None and said.source_id and said.source_id not in wanted.source_ids:
        others = ", ".join(wanted.source_ids)
        detail = f"{case.name} was recovered from {said.source_id}, which was not a data node of the source at that time."
        return case.verdict("fail", detail, f"Choose recovered copies of: {others}.", said)
    if instant is None or not said.source_id:
        detail = f"A statement about {case.name} is incomplete: {_describe(said)}."
        return case.verdict("warn", detail, f"Accept this only if you know that it was recovered to {wanted.words}.")
    return _judge_instant(case, said, instant, again) or _judge_rest(case, said)


def _judge_rest(case: _Case, said: Evidence) -> NodeVerdict:
    """Return the verdict on a recovery whose instant fits."""
    if case.wanted.source_ids is None:
        detail = f"{case.name} was {_describe(said)}. The source's data nodes at that time cannot be read."
        return case.verdict(
            "warn", detail, f"Make sure that {said.source_id} was one of the source's data nodes then.", said
        )
    if case.doubts:
        detail = f"{case.name} was {_describe(said)}, but {'; '.join(case.doubts)}."
        return case.verdict("warn", detail, "Accept this only if the source was enlarged after the recovery.", said)
    return case.verdict("pass", f"{case.name} was {_describe(said)}.", said=said)


def _judge_instant(case: _Case, said: Evidence, instant: int, again: str) -> NodeVerdict | None:
    """Return what speaks against the instant of a recovery, or ``None`` if it fits."""
    wanted = case.wanted
    if wanted.restore_time_ms is not None:
        return _compare_with_time(case, said, instant, wanted.restore_time_ms, again)
    if wanted.backup_ms is None:
        detail = f"{case.name} was {_describe(said)}. When the chosen backup was made is not known."
        return case.verdict("warn", detail, "Compare the two instants yourself.", said)
    if instant < wanted.backup_ms:
        early = format_duration(timedelta(milliseconds=wanted.backup_ms - instant))
        detail = (
            f"{case.name} was recovered to {show_ms(instant)}, {early} before the backup of {show_ms(wanted.backup_ms)}."
        )
        return case.verdict("fail", detail, again, said)
    if wanted.later_backups_ms is None:
        detail = f"{case.name} was {_describe(said)}. Whether a later metadata backup lies before that cannot be read."
        return case.verdict("warn", detail, "Look for later backups in the console: the schemas may have changed.", said)
    between = [one for one in wanted.later_backups_ms if wanted.backup_ms < one <= instant]
    if between:
        detail = (
            f"{case.name} was recovered to {show_ms(instant)}, after a later metadata backup of {show_ms(max(between))}."
        )
        return case.verdict("warn", detail, "Choose that later backup, or make sure that no schema changed between.", said)
    return None


def _compare_with_time(case: _Case, said: Evidence, instant: int, restore_time: int, again: str) -> NodeVerdict | None:
    if instant == restore_time:
        return None
    if is_same_second(instant, restore_time):
        detail = (
            f"{case.name} was recovered to {instant} ms, and the restore asks for {restore_time} ms: the same second, but "
            "not the same value."
        )
        return case.verdict("warn", detail, "Accept this, or plan with the very value that the node was recovered to.", said)
    away = format_duration(timedelta(milliseconds=abs(instant - restore_time)))
    side = "before" if instant < restore_time else "after"
    detail = f"{case.name} was recovered to {show_ms(instant)}, {away} {side} {show_ms(restore_time)}."
    return case.verdict("fail", detail, again, said)


def _not_proved(case: _Case) -> NodeVerdict:
    claims = [one for one in case.evidence if not one.is_proof]
    claimed = f" It is {'; '.join(map(_describe, claims))}: anybody can write this." if claims else ""
    seen = f" Seen: {'; '.join(case.remarks)}." if case.remarks else ""
    doubts = f" And {'; '.join(case.doubts)}." if case.doubts else ""
    verdict = case.verdict(
        "warn",
        f"Nothing shows what {case.name} was recovered from, or to which instant.{claimed}{doubts}{seen}",
        f"Accept this only if its point-in-time recovery has ended, to {case.wanted.words}. Otherwise schemas and rows will "
        "not fit together.",
    )
    return verdict.model_copy(update={"is_unproved": not claims and not case.doubts, "remarks": case.remarks})


Found = dict[str, NodeVerdict]


def _tell_unproved_together(found: Found) -> dict[str, Verdict]:
    """Say in one sentence about which nodes nothing is stated, instead of in one sentence for each."""
    unproved = [one for one in found.values() if one.is_unproved]
    if len(unproved) < 2:
        return dict(found)
    names = [one.name for one in unproved]
    shown = ", ".join(names[:_MOST_NAMES]) + (f", and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else "")
    remarks = list(dict.fromkeys(remark for one in unproved for remark in one.remarks))
    more = f"; and {len(remarks) - _MOST_NAMES} more" if len(remarks) > _MOST_NAMES else ""
    seen = f" Seen: {'; '.join(remarks[:_MOST_NAMES])}{more}." if remarks else ""
    detail = f"Nothing shows what {shown} were recovered from, or to which instant.{seen}"
    hint = unproved[0].hint.replace("if its point-in-time recovery", "if the point-in-time recovery of each")
    update = {"detail": detail, "hint": hint}
    return {name: one.model_copy(update=update) if one.is_unproved else one for name, one in found.items()}


def _find_doubled(found: Found) -> Found:
    """Turn nodes that were recovered from the same source node into failures."""
    counts = Counter(one.source_id for one in found.values() if one.source_id)

    def judge(one: NodeVerdict) -> NodeVerdict:
        twins = [other.node_id for other in found.values() if other.source_id == one.source_id]
        if counts[one.source_id] < 2 or not one.source_id or one.status == "fail":
            return one
        detail = f"{', '.join(twins)} were all recovered from {one.source_id}."
        hint = "Give one data node for each of the source's: the copies of the others are missing."
        return one.model_copy(update={"status": "fail", "detail": detail, "hint": hint})

    return {name: judge(one) for name, one in found.items()}


def _compare_instants(found: Found) -> Found:
    """Compare the instants with each other: with a backup, the nodes themselves say to which instant they belong."""
    instants = {one.instant_ms for one in found.values() if one.instant_ms is not None}
    if len(instants) < 2:
        return found
    status = "warn" if len({one // 1000 for one in instants}) == 1 else "fail"
    each = ", ".join(
        f"{one.node_id} to {one.instant_ms} ms = {show_ms(one.instant_ms)}" for one in found.values() if one.instant_ms
    )
    said = "in the same second, but not to the same value" if status == "warn" else "to different instants"
    detail = f"The data nodes were recovered {said}: {each}."
    hint = "Recover all of them to one instant." if status == "fail" else "Accept this, or recover all to one value."

    def judge(one: NodeVerdict) -> NodeVerdict:
        if one.status == "fail" or (status == "warn" and one.status == "warn") or one.instant_ms is None:
            return one
        return one.model_copy(update={"status": status, "detail": detail, "hint": hint})

    return {name: judge(one) for name, one in found.items()}


def _find_missing(found: Mapping[str, NodeVerdict], wanted: Wanted) -> list[str]:
    """Return the source's nodes that no given node was recovered from; empty while one of the given is unproved."""
    if wanted.source_ids is None or not all(one.source_id for one in found.values()):
        return []
    return [one for one in wanted.source_ids if one not in {each.source_id for each in found.values()}]


def _describe_pass(found: Mapping[str, NodeVerdict], wanted: Wanted) -> str:
    many = "The data node was" if len(found) == 1 else f"Each of the {len(found)} data nodes was"
    instant = next((one.instant_ms for one in found.values() if one.instant_ms is not None), 0)
    text = f"{many} recovered from one of the source's, to {show_ms(instant)}"
    if wanted.restore_time_ms is not None or wanted.backup_ms is None:
        return f"{text}: exactly the point in time."
    away = format_duration(timedelta(milliseconds=instant - wanted.backup_ms))
    return f"{text}: {away} after the backup, with no later metadata backup between."
