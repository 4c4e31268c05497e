"""The changes in the order in which they run: what two checks ask for is asked once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from pgaudit.review.deciding.classes import Stage
from pgaudit.review.deciding.issues import Issue, Level
from pgaudit.review.evidence.records import ProposedChange, Record

_SETTLED_BY = {
    "replication/publication_without_identity": "constraints/missing_primary_key",
    "security/policy_function_not_initplan": "tenancy/policy_setting_missing_raises",
}
"""A finding that is gone once another finding on the same object is mended: its own fix would undo that, or be less."""
_SETTLED_WITHOUT_SQL = {"tenancy/policy_not_by_tenant": "security/policy_always_true"}
"""Findings that would be mended by hand, were it not for a change on the same object."""


class PlannedChange(msgspec.Struct, frozen=True):
    """A change with its place in the order, and every finding that it mends."""

    number: int
    level: Level
    stage: Stage
    issue: str
    """The check whose fix it is."""
    title: str
    change: ProposedChange
    records: tuple[Record, ...]

    @property
    def cites(self) -> tuple[str, ...]:
        """Ids of what it mends and of what it was written after."""
        return (*self.ids, *self.change.rests_on)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the findings it mends."""
        return tuple(record.id for record in self.records)


def planned(issues: Sequence[Issue]) -> tuple[PlannedChange, ...]:
    """Every change once, in the order of the issues."""
    wanted = [(issue, record) for issue in sorted(issues, key=_run_order) for record in _in_order(issue)]
    kept: list[tuple[Issue, list[Record]]] = []
    for issue, record in wanted:
        twin = next((members for _, members in kept if _covers(members[0], record)), None)
        if twin is not None:
            twin.append(record)
            continue
        swallowed = [one for one in kept if _covers(record, one[1][0])]
        absorbed = [member for one in swallowed for member in one[1]]
        first = swallowed[0] if swallowed else None
        if first is not None:
            kept[kept.index(first)] = (first[0], [record, *absorbed])
            kept = [one for one in kept if one not in swallowed[1:]]
        else:
            kept.append((issue, [record]))
    for record in (one for issue in issues for one in issue.records if one.change is None):
        settling = next((members for _, members in kept if _settles(members[0], record)), None)
        if settling is not None:
            settling.append(record)
    return tuple(_planned(number, issue, members) for number, (issue, members) in enumerate(kept, start=1))


def _settles(head: Record, by_hand: Record) -> bool:
    """Whether a change mends a finding that has none of its own."""
    return _SETTLED_WITHOUT_SQL.get(by_hand.topic) == head.topic and by_hand.object == head.object


def _planned(number: int, issue: Issue, members: list[Record]) -> PlannedChange:
    head = members[0]
    assert head.change is not None  # noqa: S101 - only records with a change are planned
    return PlannedChange(number, issue.level, issue.stage, head.topic, head.title, head.change, tuple(members))


def _run_order(issue: Issue) -> bool:
    """What holds locks goes first, whatever its level: every change that needs a strong lock would queue behind it."""
    return not (issue.check.startswith("sessions/") and issue.level in {Level.CRITICAL, Level.HIGH})


def _in_order(issue: Issue) -> Iterable[Record]:
    """Indexes are built before others are dropped; else as the issue has them."""
    records = [record for record in issue.records if record.change]
    return sorted(records, key=lambda one: bool(one.change and one.change.sql[0].startswith("drop ")))


def _covers(wider: Record, narrower: Record) -> bool:
    """Whether the statements of one are among those of the other, or mend its finding as well."""
    if wider.change is None or narrower.change is None:
        return False
    settles = _SETTLED_BY.get(narrower.topic) == wider.topic and narrower.object == wider.object
    return settles or set(narrower.change.sql) <= set(wider.change.sql)
