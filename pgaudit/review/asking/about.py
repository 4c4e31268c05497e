"""Evidence about some objects: what a question is answered from, and how much was left out for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import msgspec

from pgaudit.review.evidence.records import LeftOut, Pack, Record, RecordKind
from probes.catalog.navigation import Relation
from probes.finding import ObjectRef

_ALWAYS = ("inventory/server", "inventory/monitoring", "inventory/workload", "inventory/tenant_column", "input/")
"""Topics that every question may need."""


def concerns(tables: Collection[Relation]) -> Callable[[ObjectRef | None], bool]:
    """Whether an object is one of these tables, or part of one."""
    names = {(one.schema, one.name) for one in tables}

    def about(subject: ObjectRef | None) -> bool:
        return (
            subject is not None and {(subject.schema, subject.name), (subject.schema, subject.table)} & names != set()
        )

    return about


def evidence_about(pack: Pack, wanted: Callable[[Record], bool], added: Iterable[Record]) -> Pack:
    """The pack with what is wanted of it and what was found out for the question.

    What was left out is counted, findings apart from the rest.
    """
    kept = [one for one in pack.records if one.topic.startswith(_ALWAYS) or wanted(one)]
    ids = {one.id for one in kept}
    dropped = [one for one in pack.records if one.id not in ids]
    findings = sum(1 for one in dropped if one.kind is RecordKind.FINDING)
    left = [
        LeftOut(topic, count, "not about what was asked; pgaudit review has them")
        for topic, count in (("findings", findings), ("other records", len(dropped) - findings))
        if count
    ]
    records: dict[str, Record] = {one.id: one for one in kept}
    for one in added:
        records.setdefault(one.id, one)
    return msgspec.structs.replace(pack, records=tuple(records.values()), left_out=tuple(left))
