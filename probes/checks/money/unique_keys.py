"""Keys of other parties that should be unique and are not: rows of data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Index, Relation
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttribute, PgConstraint, PgIndex, PgType, Row
from probes.check import Thresholds
from probes.checks._support.columns import Types, declared_column_rows
from probes.checks._support.refs import SCOPE, column_ref
from probes.checks._support.rules import Rule, check_of
from probes.checks._support.tenancy import tenancy_of
from probes.finding import Advice, Confidence, Fix, Observed, Severity

_IDEMPOTENCY = re.compile(
    r"(^|_)(idempotency|idempotence|idempotent|dedup|deduplication)_?(key|id|token)?$", re.IGNORECASE
)
_EXTERNAL = re.compile(
    r"^(external|ext|provider|gateway|psp|stripe|paypal|adyen|braintree|mollie|square|klarna|shopify)_"
    r"(\w+_)?(id|reference|ref)$",
    re.IGNORECASE,
)
_HAPPENED = re.compile(r"(event|log|webhook|delivery|deliverie|attempt|request|audit|histor[a-z]*)s?$", re.IGNORECASE)
"""Tables of what happened: several things happen to one request."""
_OF_SEVERAL = re.compile(r"(customer|account|user|plan|product|price|merchant|location|shop|store)_(id|ref|reference)$")
_TYPES = frozenset({Types.TEXT, Types.VARCHAR, Types.UUID, Types.CHAR, Types.BIGINT})
_AREAS: tuple[type[Row], ...] = (*SCOPE, PgAttribute, PgConstraint, PgIndex, PgType)


def _is_idempotency_key(name: str) -> bool:
    return bool(_IDEMPOTENCY.search(name))


def _is_external_id(name: str) -> bool:
    return bool(_EXTERNAL.match(name)) and not _OF_SEVERAL.search(name)


def _judge(is_key: Callable[[str], bool], words: str) -> Callable[[Catalog, Thresholds], Iterator[Observed]]:
    def judge(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
        rows = declared_column_rows(catalog)
        keys = {name for name in {row.name for row in rows} if is_key(name)}
        for column in (Column(catalog, row) for row in rows if row.name in keys):
            if column.type.base.oid in _TYPES and not _is_guarded(column) and not _repeats_by_nature(column):
                yield _observed(column, words)

    return judge


def _is_guarded(column: Column) -> bool:
    """Whether a unique index has the column among its keys, or it refers to another table's key."""
    table, number = column.relation, column.row.number
    if any(number in key.row.columns for key in table.foreign_keys):
        return True
    return any(index.row.unique and index.is_usable and number in index.key_columns for index in table.indexes)


def _repeats_by_nature(column: Column) -> bool:
    """Whether it points at a row of ours, or rows tell what happened and are recognised by another value."""
    table, catalog = column.relation, column.catalog
    stem = column.name.lower().rpartition("_")[0]
    if any(row.name.lower() in (stem, f"{stem}s") for row in catalog.tables_in_scope):
        return True
    return bool(_HAPPENED.search(table.name)) and any(_tells_rows_apart(index) for index in table.indexes)


def _tells_rows_apart(index: Index) -> bool:
    """Whether it keeps values unique that are not ours: texts, or uuid beside the primary key."""
    columns = [index.relation.column(number) for number in index.key_columns]
    foreign = [one for one in columns if one and one.type.base.oid in _TYPES - {Types.BIGINT}]
    return index.row.unique and index.is_usable and not index.row.primary and bool(foreign)


def _observed(column: Column, words: str) -> Observed:
    table = column.relation
    return Observed(
        object=column_ref(column),
        message=f"{column.name} of {table.qualified_name} is not unique: {words}",
        evidence={"type": column.type.sql},
        remedy=_remedy(column, table),
    )


def _remedy(column: Column, table: Relation) -> Fix | Advice:
    tenancy = tenancy_of(table.catalog)
    tenant = (tenancy.carriers[table.oid],) if tenancy and table.oid in tenancy.carriers else ()
    columns = table.column_list_sql((*tenant, column.row.number))
    condition = "" if column.row.not_null else f" where {quoted(column.name)} is not null"
    if table.row.kind == "p":
        return Advice(
            "A unique index of a partitioned table has to include its partition key, which does not keep the value "
            "unique. Keep these keys in a table of their own that is not partitioned, and insert there first."
        )
    return Fix(
        sql=(f"create unique index concurrently on {table.sql} ({columns}){condition}",),
        changes=("pg_index",),
        transactional=False,
        note="It fails and leaves an invalid index behind where values repeat: those are the cases it is about.",
    )


_RULES = (
    Rule(
        id="money/idempotency_key_not_unique",
        title="Idempotency key that is not unique",
        severity=Severity.HIGH,
        confidence=Confidence.MEDIUM,
        areas=_AREAS,
        judge=_judge(_is_idempotency_key, "a request that is sent twice is carried out twice"),
        what="A column keeps the key by which a repeated request is to be recognised, and no unique index has it.",
        why="Looking whether the key is there and then inserting leaves a gap: two copies of a request that arrive "
        "together both find nothing, and the customer pays twice. Only a unique index makes one of them fail.",
        harmless="The key is guarded in another store before the row is written, and this column is a note of it.",
        fix="Build the unique index concurrently, then insert with ON CONFLICT DO NOTHING and read what is there.",
        decided="By the column's name; any valid unique index with the column among its keys will do, so that keys per "
        "tenant, account or route count. Tables of events, requests or deliveries that keep another text or uuid "
        "unique are left out: there the key says to which request an event belongs.",
        limits="Names in other languages are not recognised.",
        source="https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT",
    ),
    Rule(
        id="money/external_id_not_unique",
        title="Another system's id that is not unique",
        severity=Severity.MEDIUM,
        confidence=Confidence.LOW,
        areas=_AREAS,
        judge=_judge(_is_external_id, "the same event of the other system can be booked more than once"),
        what="A column keeps the id that a payment provider or another outside system gave to the thing a row stands "
        "for, and several rows may have the same one.",
        why="Providers deliver webhooks at least once, and importers are run again after a failure. Each delivery "
        "books the payment anew, and the sums on both sides drift apart.",
        harmless="Several rows belong to one thing over there, as lines of an order do.",
        fix="Find repeated values, decide which row stays, then build the index; make the importer insert ON CONFLICT.",
        decided="Names that begin with external, provider or the name of a well-known payment service and end in id, "
        "ref or reference. Ids of customers, accounts and products, which repeat by nature, are left out; so are "
        "columns with a foreign key, and those that are named after a table of this database.",
        limits="What repeats by nature under another name is reported wrongly.",
        source="https://www.postgresql.org/docs/current/indexes-unique.html",
    ),
)

CHECKS = tuple(check_of(rule) for rule in _RULES)
