"""Evidence for the question about a statement: found, tried, planned."""

from __future__ import annotations

from collections.abc import Collection

from pgaudit.review.asking.about import concerns, evidence_about
from pgaudit.review.asking.candidates import Candidate, candidates, tables_of
from pgaudit.review.asking.measuring import Measured, NotMeasured, measure
from pgaudit.review.asking.query_evidence import index_change, index_records, plan_records, statement_record
from pgaudit.review.asking.statements import Asked
from pgaudit.review.asking.tables import table_record
from pgaudit.review.evidence.records import Pack, Record, RecordKind
from pgaudit.review.shadow.plans import NoPlanError, plannable
from pgaudit.review.shadow.server import ShadowServer
from probes.catalog.catalog import Catalog

_OF_TABLES = (
    "statistics/",
    "vacuum/analyze_stale",
    "vacuum/columns_without_statistics",
    "vacuum/dead_tuples",
    "vacuum/table_bloat_estimated",
)
"""What makes plans wrong, or tables larger than their rows."""
_OF_QUERIES = ("queries/", "workload/slow", "workload/")
_SHOWN_CHARACTERS = 400
"""Of a statement's text, in the names and evidence of findings."""


def query_evidence(catalog: Catalog, pack: Pack, asked: Asked, server: ShadowServer | str) -> Pack:
    """The evidence about a statement.

    Args:
        catalog: The audited database.
        pack: All evidence of it.
        asked: The statement.
        server: Where copies are made, or why none can be.
    """
    sql, result, tried = _looked_into(catalog, asked, server)
    tables = tables_of(catalog, sql) if sql else ()
    chosen = result.chosen if isinstance(result, Measured) else tried[:1]
    built = {one: index_change(one, catalog).sql[0] for one in chosen}
    known = [one for one in pack.of(RecordKind.FINDING) if one.accepted is None and {*built.values()} & {*_sql(one)}]
    own = [one for one in chosen if not any(built[one] in _sql(record) for record in known)]
    about = concerns(tables)
    ids = {record.id for record in known}

    def wanted(record: Record) -> bool:
        if record.kind is RecordKind.FINDING:
            return (
                record.id in ids
                or _is_about_statement(record, asked)
                or (record.topic.startswith(_OF_TABLES) and about(record.object))
            )
        return record.kind in {RecordKind.NEGATIVE, RecordKind.SKIP} and record.topic.startswith(_OF_QUERIES)

    added = (
        statement_record(asked),
        *(table_record(catalog, table) for table in tables),
        *plan_records(result, asked),
        *index_records(catalog, own, asked, result),
    )
    return evidence_about(pack, wanted, added)


def _looked_into(
    catalog: Catalog, asked: Asked, server: ShadowServer | str
) -> tuple[str, Measured | NotMeasured, tuple[Candidate, ...]]:
    """The statement as it can be planned, what was measured, and what was tried."""
    try:
        sql = plannable(asked.text)
    except NoPlanError as reason:
        return "", NotMeasured(str(reason)), ()
    tried = candidates(catalog, sql)
    if isinstance(server, str):
        return sql, NotMeasured(server), tried
    return sql, measure(server, catalog, sql, tried), tried


def _sql(record: Record) -> Collection[str]:
    return record.change.sql if record.change else ()


def _is_about_statement(record: Record, asked: Asked) -> bool:
    text = " ".join(asked.text.split())[:_SHOWN_CHARACTERS]
    is_named = record.object is not None and record.object.kind == "query" and record.object.name == text
    return is_named or (record.topic.startswith(_OF_QUERIES) and record.facts.get("query") == text)
