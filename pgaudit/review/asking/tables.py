"""Tables that a question is about, as evidence: size, keys, indexes, tenant, and when they were last analyzed."""

from __future__ import annotations

from itertools import zip_longest

from pgaudit.reports.words import bytes_in_words
from pgaudit.review.evidence.inventory.facts import counted, fact
from pgaudit.review.evidence.records import Record
from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Index, Relation
from probes.checks._support.ages import age_in_words
from probes.checks._support.tenancy import tenancy_of
from probes.finding import ObjectRef

TABLE = "asked/table"
_TYPES_SHOWN = 40
_DESCENDING = 1
"""The bit in pg_index.indoption."""


def table_record(catalog: Catalog, table: Relation) -> Record:
    """A table with its size and indexes."""
    rows, size = table.estimated_rows, table.heap_bytes
    indexes = [index_in_words(one) for one in table.indexes]
    tenancy = tenancy_of(catalog)
    number = tenancy.carriers.get(table.oid) if tenancy else None
    tenant = table.column_names((number,))[0] if number is not None else None
    held = f"{len(indexes)} indexes" if len(indexes) != 1 else "1 index"
    return fact(
        TABLE,
        table.qualified_name,
        f"{table.qualified_name}: {rows:,.0f} rows by estimate {_spread(table)} ({bytes_in_words(size)}), {held}, "
        f"{_analyzed(catalog, table)}",
        subject=ObjectRef(table.kind.noun, table.name, table.schema),
        rows=round(rows),
        pages=sum(max(0, leaf.row.pages) for leaf in table.leaves),
        table_bytes=size,
        indexes=tuple(indexes),
        tenant_column=tenant,
        row_security=table.row.row_security,
        columns=tuple(column.name for column in table.columns)[:_TYPES_SHOWN],
    )


def index_in_words(index: Index) -> str:
    """`messages_pkey (tenant_id, id), primary key`, without what stands in expressions."""
    table = index.relation
    keys = [
        f"{table.column_names((one,))[0] if one else 'an expression'}{' desc' if bits & _DESCENDING else ''}"
        for one, bits in zip_longest(index.key_columns, index.row.key_options[: index.row.key_count], fillvalue=0)
    ]
    included = ", ".join(table.column_names(index.included_columns))
    marks = [
        f"including {included}" if included else "",
        "primary key" if index.row.primary else "unique" if index.row.unique else "",
    ]
    marks += ["partial" if index.row.predicate else "", "" if index.is_usable else "invalid"]
    marks += [index.row.method if index.row.method != "btree" else ""]
    told = "".join(f", {mark}" for mark in marks if mark)
    return f"{index.name} ({', '.join(keys)}){told}"


def _spread(table: Relation) -> str:
    """Where the rows are: pages of the table, or its partitions."""
    if table.row.kind != "p":
        return f"on {counted(table.row.pages, 'page')}"
    return f"in {counted(sum(1 for _ in table.leaves), 'partition')}"


def _analyzed(catalog: Catalog, table: Relation) -> str:
    """When it was last analyzed: of a partitioned table, the partition for which that is longest ago."""
    times = [_analyzed_at(leaf) for leaf in table.leaves]
    known = [one for one in times if one is not None]
    if not known:
        return "never analyzed as far as its counters tell"
    if len(known) < len(times):
        return f"{counted(len(times) - len(known), 'partition')} of it never analyzed as far as counters tell"
    return f"analyzed {age_in_words(max(0.0, catalog.server.collected_at - min(known)))} before this was taken"


def _analyzed_at(table: Relation) -> float | None:
    counters = table.statistics
    times = [one for one in (counters.last_analyze_at, counters.last_autoanalyze_at) if one] if counters else []
    return max(times, default=None)
