"""How the issues of an earlier review stand now: told by the ids of findings, never by wording."""

from __future__ import annotations

import enum

import msgspec

from pgaudit.review.evidence.records import Pack, RecordKind


@enum.unique
class Status(enum.Enum):
    """What became of an issue."""

    FIXED = "Fixed"
    PARTLY = "Partially Fixed"
    NOT_FIXED = "Not Fixed"
    WORSE = "Worse"
    NEW = "New"
    NOT_VERIFIED = "Not Verified"


class StatusOf(msgspec.Struct, frozen=True):
    """An issue's status and the record that says so."""

    check: str
    title: str
    status: Status
    says: str
    record: str


class Statuses(msgspec.Struct, frozen=True):
    """The earlier review and what became of its issues."""

    earlier: str
    """When the earlier review's evidence was taken."""
    of: tuple[StatusOf, ...]

    def count(self, status: Status) -> int:
        """How many issues have a status."""
        return sum(1 for one in self.of if one.status is status)


def statuses_of(pack: Pack) -> Statuses | None:
    """The statuses in the pack; None where no earlier review was given."""
    records = list(pack.of(RecordKind.EARLIER))
    if not records:
        return None
    order = list(Status)
    found = [
        StatusOf(str(one.facts["check"]), one.title, Status(str(one.facts["status"])), one.says, one.id)
        for one in records
        if "status" in one.facts
    ]
    found.sort(key=lambda one: (order.index(one.status), one.check))
    return Statuses(str(records[0].facts["earlier_at"]), tuple(found))
