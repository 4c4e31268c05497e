"""A pack that holds nothing: what is written of it has to rest on that."""

from __future__ import annotations

import msgspec

from pgaudit.review.evidence.records import Pack, Record, RecordKind

_COVERAGE = "coverage/"


def anchored(pack: Pack) -> Pack:
    """The pack, with a record that says that nothing was collected where it holds none at all."""
    return pack if pack.records else msgspec.structs.replace(pack, records=(_NOTHING,))


def was_looked_at(pack: Pack) -> bool:
    """Whether any check looked at the database: only then can anything be approved."""
    return any(
        record.kind in {RecordKind.FINDING, RecordKind.NEGATIVE}
        or (record.topic.startswith(_COVERAGE) and record.facts.get("clean"))
        for record in pack.records
    )


_NOTHING = Record(
    id="evidence:missing",
    kind=RecordKind.MISSING,
    topic="evidence",
    title="Evidence",
    says="not given: any evidence of a database",
    needs="pgaudit review URL",
)
