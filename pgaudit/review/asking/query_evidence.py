"""What was found out about one statement, as records: its times, its tables, the plans, the indexes that were tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from pgaudit.review.asking.candidates import Candidate
from pgaudit.review.asking.measuring import Measured, NotMeasured, Trial
from pgaudit.review.asking.statements import Asked
from pgaudit.review.evidence.effects import with_effects
from pgaudit.review.evidence.finishing import finished
from pgaudit.review.evidence.records import Badge, Pack, ProposedChange, Record, RecordKind, Trust, record_id
from pgaudit.review.evidence.timing import share_in_words, timing_in_words
from pgaudit.review.shadow.filling import Filled
from probes.catalog.catalog import Catalog
from probes.finding import Confidence, ObjectRef, Severity

STATEMENT = "asked/statement"
PLAN = "asked/plan"
COPY = "asked/copy"
TRIAL = "asked/trial"
INDEX = "indexes/asked_for"
_TEXT_CHARACTERS = 4_000
_OF_PARTITIONS = ("pg_index", "pg_inherits")
_PARTITIONED = (
    "CONCURRENTLY is not possible on a partitioned table, and writes wait while this builds. On a busy table create "
    "the index ON ONLY the parent, build one on each partition concurrently, and attach them."
)


def statement_record(asked: Asked) -> Record:
    """The statement with its measured times."""
    return Record(
        id=record_id(RecordKind.QUERY, STATEMENT, None, (str(asked.query_id),)),
        kind=RecordKind.QUERY,
        topic=STATEMENT,
        title=f"Statement {asked.query_id}",
        says=f"statement {asked.query_id} takes {share_in_words(asked.share)} of all execution time: "
        f"{timing_in_words(asked.calls, asked.mean_ms, asked.stddev_ms, asked.max_ms)}",
        facts={
            "query_id": str(asked.query_id),
            "query": asked.text[:_TEXT_CHARACTERS],
            "query_is_cut": len(asked.text) > _TEXT_CHARACTERS,
            "kind": asked.kind,
            "changes_rows": asked.changes_rows,
            "calls": asked.calls,
            "mean_ms": round(asked.mean_ms, 4),
            "stddev_ms": round(asked.stddev_ms, 4),
            "max_ms": round(asked.max_ms, 4),
            "share_ratio": round(asked.share, 4),
            "rows_per_call": round(asked.rows / asked.calls, 1) if asked.calls else 0.0,
            "shared_blocks_per_call": round(asked.blocks / asked.calls) if asked.calls else 0,
        },
        trust=Trust.UNTRUSTED_TEXT,
    )


def plan_records(result: Measured | NotMeasured, asked: Asked) -> Iterator[Record]:
    """The plans and what they were made on; or that there are none, and why."""
    key = (str(asked.query_id),)
    if isinstance(result, NotMeasured):
        yield Record(
            id=record_id(RecordKind.SKIP, PLAN, None, key),
            kind=RecordKind.SKIP,
            topic=PLAN,
            title="Plan",
            says=f"not measured: {result.reason}",
        )
        return
    yield _plan(result, key)
    yield from (_copy(one) for one in result.filled)
    yield from (_trial(one, result) for one in result.trials)


def _plan(result: Measured, key: tuple[str, ...]) -> Record:
    before, after = result.before.cost, result.after.cost
    verb = f"{before:,.2f} before and {after:,.2f} after" if result.chosen else f"{before:,.2f}, and no index lowers it"
    return Record(
        id=record_id(RecordKind.PLAN, PLAN, None, key),
        kind=RecordKind.PLAN,
        topic=PLAN,
        title="Plan",
        says=f"synthetic: the planner's cost of the statement is {verb}, on PostgreSQL {_planner(result)}",
        facts={
            "synthetic": True,
            "cost_before": before,
            "cost_after": after,
            "plan_before": result.before.lines,
            "plan_after": result.after.lines,
            "indexes_before": result.before.indexes,
            "settings_taken_over": tuple(f"{name} = {value}" for name, value in result.settings.items()),
            "settings_refused": result.refused_settings,
        },
    )


def _planner(result: Measured) -> str:
    """The version that planned it, and the audited one's where that is another."""
    own = result.audited_version
    same = own.partition(".")[0] == result.server_version.partition(".")[0]
    return result.server_version if same else f"{result.server_version}, while the database runs on {own}"


def _copy(one: Filled) -> Record:
    shape = one.shape
    scale = "" if shape.share >= 1 else f", {shape.share:.2%} of it, for more is not made"
    assumed = f"; no statistics of {', '.join(shape.assumed_columns)}, assumed" if shape.assumed_columns else ""
    return Record(
        id=record_id(RecordKind.PLAN, COPY, ObjectRef("table", shape.name, shape.schema)),
        kind=RecordKind.PLAN,
        topic=COPY,
        title=shape.qualified_name,
        says=f"synthetic copy of {shape.qualified_name}: {one.rows:,} rows on {one.pages:,} pages, where the real "
        f"table has {shape.rows:,} by estimate on {shape.pages:,}{scale}{assumed}",
        facts={
            "synthetic": True,
            "rows": one.rows,
            "pages": one.pages,
            "real_rows": shape.rows,
            "real_pages": shape.pages,
            "share_ratio": round(shape.share, 6),
        },
        object=ObjectRef("table", shape.name, shape.schema),
    )


def _trial(one: Trial, result: Measured) -> Record:
    table, names = one.candidate.table, one.candidate.column_names
    listed = f"{table.qualified_name} ({', '.join(names)})"
    told = f"lowers the cost from {result.before.cost:,.2f} to {one.cost:,.2f}" if one.is_used else "is not used"
    return Record(
        id=record_id(RecordKind.PLAN, TRIAL, ObjectRef(table.kind.noun, table.name, table.schema), names),
        kind=RecordKind.PLAN,
        topic=TRIAL,
        title=listed,
        says=f"synthetic: an index on {listed} {told}",
        facts={
            "synthetic": True,
            "cost": one.cost,
            "is_used": one.is_used,
            "is_chosen": one.candidate in result.chosen,
        },
        object=ObjectRef(table.kind.noun, table.name, table.schema, columns=names),
    )


def index_change(candidate: Candidate, catalog: Catalog) -> ProposedChange:
    """What builds the index without blocking writes, under the name that checks would give it."""
    note = "EXPLAIN the statement with real values before and after; drop the index if the planner passes it by."
    if candidate.table.row.kind == "p":
        change = ProposedChange(
            (f"create index on {candidate.definition}",), note=f"{_PARTITIONED} {note}", also_changes=_OF_PARTITIONS
        )
        return finished(change, catalog)
    change = ProposedChange(
        (f"create index concurrently on {candidate.definition}",),
        transactional=False,
        note=note,
        also_changes=("pg_index",),
    )
    return finished(change, catalog)


def index_records(
    catalog: Catalog, wanted: Sequence[Candidate], asked: Asked, result: Measured | NotMeasured
) -> Iterator[Record]:
    """The indexes that are advised, each with its change."""
    for one in wanted:
        listed = f"{one.table.qualified_name} ({', '.join(one.column_names)})"
        gain = (
            "by what it compares; whether the planner takes it was not measured"
            if isinstance(result, NotMeasured)
            else f"by a synthetic plan, with {len(wanted)} of them {result.before.cost:,.2f} falls to "
            f"{result.after.cost:,.2f}"
            if len(wanted) > 1
            else f"by a synthetic plan, whose cost falls from {result.before.cost:,.2f} to {result.after.cost:,.2f}"
        )
        yield Record(
            id=record_id(
                RecordKind.FINDING,
                INDEX,
                ObjectRef("table", one.table.name, one.table.schema, columns=one.column_names),
                (str(asked.query_id),),
            ),
            kind=RecordKind.FINDING,
            topic=INDEX,
            title="Index that the statement wants",
            says=f"statement {asked.query_id} wants an index on {listed}: {gain}",
            facts={"query_id": str(asked.query_id), "calls": asked.calls, "mean_ms": round(asked.mean_ms, 4)},
            severity=Severity.MEDIUM,
            confidence=Confidence.MEDIUM if isinstance(result, Measured) else Confidence.LOW,
            object=ObjectRef("table", one.table.name, one.table.schema, columns=one.column_names),
            change=with_effects(index_change(one, catalog), catalog),
        )


def with_plan_told(pack: Pack) -> Pack:
    """The pack, its own indexes' proofs saying what stands behind them: no check's silence, but a synthetic plan."""
    measured = any(one.kind is RecordKind.PLAN for one in pack.topics(PLAN))
    return msgspec.structs.replace(pack, records=tuple(_told(one, measured=measured) for one in pack.records))


def _told(record: Record, *, measured: bool) -> Record:
    change = record.change
    if record.topic != INDEX or change is None or change.proof.badge is not Badge.APPLIES:
        return record
    gain = "a synthetic plan uses it; only real rows can prove the gain" if measured else "its gain was not measured"
    proof = msgspec.structs.replace(change.proof, reason=f"it was built in a copy of the structure, and {gain}")
    return msgspec.structs.replace(record, change=msgspec.structs.replace(change, proof=proof))
