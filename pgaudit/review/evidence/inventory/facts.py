"""Making an inventory record, and counting words."""

from __future__ import annotations

from collections.abc import Sequence

from pgaudit.review.evidence.records import Record, RecordKind, Trust, record_id
from probes.finding import Evidence, EvidenceValue, ObjectRef

MOST_NAMES = 12


def fact(
    topic: str,
    title: str,
    says: str,
    /,
    *,
    subject: ObjectRef | None = None,
    trust: Trust = Trust.CATALOG,
    values: Evidence | None = None,
    **facts: EvidenceValue,
) -> Record:
    """An inventory record; `values` are facts whose names are not ours."""
    return Record(
        id=record_id(RecordKind.INVENTORY, topic, subject),
        kind=RecordKind.INVENTORY,
        topic=topic,
        title=title,
        says=says,
        facts={**(values or {}), **facts},
        object=subject,
        trust=trust,
    )


def some(names: Sequence[str]) -> tuple[str, ...]:
    """The first names, and how many more there are."""
    if len(names) <= MOST_NAMES:
        return tuple(names)
    return (*names[:MOST_NAMES], f"and {len(names) - MOST_NAMES} more")


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 table`, `3 tables`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {plural or noun + 's'}"


def listed(names: Sequence[str]) -> str:
    """`a, b and c`, cut where it would be long."""
    shown = some(names)
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1].removeprefix('and ')}"
