"""A second database that is linked by ids alone: columns that point into it, and how their types have drifted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pgaudit.review.evidence.inventory.facts import counted, some
from pgaudit.review.evidence.inventory.shape import own_tables
from pgaudit.review.evidence.records import Record, RecordKind, Trust, record_id
from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.navigation.relations import Column
from probes.finding import ObjectRef, Severity

_SUFFIX = re.compile(r"^(?P<stem>.+?)_?id$", re.IGNORECASE)
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
MOST_LINKS = 60


def related_records(catalog: Catalog, related: tuple[str, Catalog] | None) -> Iterator[Record]:
    """The links between both databases, each way, and the sum of them."""
    if related is None:
        return
    name, other = related
    links = [*_links(catalog, other), *_links(other, catalog, turned=True)]
    drifted = [one for one in links if one.severity is not None]
    yield _summary(name, catalog, other, links, drifted)
    yield from links[:MOST_LINKS]


def _summary(name: str, catalog: Catalog, other: Catalog, links: list[Record], drifted: list[Record]) -> Record:
    block = other.server.block_size
    size = sum(row.pages + row.toast_pages for row in other.tables_in_scope) * block
    same = catalog.server.major == other.server.major
    shared = sorted({one.name for one in own_tables(catalog)} & {one.name for one in own_tables(other)})
    return Record(
        id=record_id(RecordKind.RELATED, "related/summary"),
        kind=RecordKind.RELATED,
        topic="related/summary",
        title="The second database",
        says=f"{counted(len(links), 'column')} point from one database into the other without a foreign key, which no "
        f"server can check; {len(drifted)} of them have another type than the key they mean"
        if links
        else "no column points from one database into the other by its name",
        facts={
            "name": name,
            "links": len(links),
            "drifted": len(drifted),
            "tables": len(own_tables(other)),
            "table_bytes": size,
            "server_version": other.server.version,
            "same_major": same,
            "tables_of_the_same_name": some(shared),
        },
        trust=Trust.INFERRED,
    )


def _links(here: Catalog, there: Catalog, *, turned: bool = False) -> Iterator[Record]:
    """Id columns of `here` that no foreign key guards and whose name means a table that only `there` has."""
    targets = _by_stem(there)
    own = _by_stem(here)
    for table in own_tables(here):
        guarded = {number for key in table.foreign_keys for number in key.row.columns}
        own_key = set(table.primary_key.columns) if table.primary_key else set()
        for column in table.columns:
            stem = _stem(column.name)
            if stem is None or column.row.number in guarded | own_key or stem in own:
                continue
            target = targets.get(stem) or next(
                (one for name, one in targets.items() if stem.endswith(f"_{name}")), None
            )
            if target:
                yield _link(table, column, target, turned=turned)


def _link(table: Relation, column: Column, target: Relation, *, turned: bool) -> Record:
    key = target.primary_key
    key_column = target.column(key.columns[-1]) if key else None
    theirs = key_column.type.sql if key_column else "no key"
    drift = theirs != column.type.sql
    where = "the second database" if not turned else "this database"
    indexed = any(index.key_columns and column.row.number in index.key_columns for index in table.indexes)
    return Record(
        id=record_id(RecordKind.RELATED, "related/link", None, (table.qualified_name, column.name, str(turned))),
        kind=RecordKind.RELATED,
        topic="related/link",
        title="Link without a foreign key",
        says=f"{table.qualified_name}.{column.name} ({column.type.sql}) means {target.qualified_name} ({theirs}) "
        f"of {where}",
        facts={
            "type": column.type.sql,
            "their_type": theirs,
            "types_differ": drift,
            "indexed": indexed,
            "estimated_rows": round(table.estimated_rows),
        },
        severity=Severity.HIGH if drift else None,
        object=ObjectRef("column", column.name, table.schema, table.name),
        trust=Trust.INFERRED,
    )


def _by_stem(catalog: Catalog) -> dict[str, Relation]:
    found: dict[str, Relation] = {}
    for table in own_tables(catalog):
        name = _snake(table.name)
        found.setdefault(name, table)
        found.setdefault(_singular(name), table)
    return found


def _stem(name: str) -> str | None:
    match = _SUFFIX.match(_snake(name))
    return match["stem"] if match else None


def _snake(name: str) -> str:
    return _WORD.sub("_", name).lower()


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    if name.endswith(("sses", "xes", "ches")):
        return name[:-2]
    return name.removesuffix("s")
