"""What a change needs beside its check's statements, so that nothing is left to be thought of when it runs."""

from __future__ import annotations

import re

import msgspec

from pgaudit.review.evidence.records import ProposedChange
from probes.catalog.catalog import Catalog, NotCollectedError
from probes.catalog.names import quoted
from probes.catalog.navigation import Relation

_WORD = r'(?:"[^"]+"|[\w$]+)'
_TABLE = rf"(?P<table>{_WORD}\.{_WORD})"
_RETYPED = re.compile(rf"alter table {_TABLE} (?:alter column \S+ type|add column) .+", re.DOTALL)
_NAMELESS = re.compile(
    rf"(?P<head>create (?:unique )?index (?:concurrently )?)(?P<rest>on {_TABLE} \((?P<keys>[\w$, ]+)\).*)", re.DOTALL
)
_GIVEN_AWAY = re.compile(rf"alter table {_TABLE} owner to {_WORD}")
_LONGEST_NAME = 63


def finished(change: ProposedChange, catalog: Catalog) -> ProposedChange:
    """The change with names for its indexes, statistics for the columns it writes anew, and the old owner's rights."""
    sql = tuple(_named(statement, catalog) for statement in change.sql)
    sql = (*sql, *_analyzed(sql), *_granted(sql, catalog))
    return change if sql == change.sql else msgspec.structs.replace(change, sql=sql)


def _named(statement: str, catalog: Catalog) -> str:
    """The index under the name that the server would choose: who has to drop it then knows what."""
    match = _NAMELESS.fullmatch(statement)
    table = relation_of(match["table"], catalog) if match else None
    if match is None or table is None:
        return statement
    name = "_".join([table.name, *match["keys"].split(", "), "idx"])
    taken = len(name) > _LONGEST_NAME or catalog.relation_named(table.schema, name) is not None
    return statement if taken or _is_index(name, table, catalog) else f"{match['head']}{quoted(name)} {match['rest']}"


def _is_index(name: str, table: Relation, catalog: Catalog) -> bool:
    return any((one.schema, one.name) == (table.schema, name) for one in catalog.indexes)


def _analyzed(sql: tuple[str, ...]) -> tuple[str, ...]:
    """A new column has no statistics, and ALTER COLUMN TYPE throws those away that there are: the planner guesses."""
    tables = dict.fromkeys(match["table"] for one in sql if (match := _RETYPED.fullmatch(one)))
    return tuple(f"analyze {table}" for table in tables)


def _granted(sql: tuple[str, ...], catalog: Catalog) -> tuple[str, ...]:
    """What whoever owned a table, and may log in or be reached by who does, needs to go on reading and writing it."""
    found: list[str] = []
    for statement in sql:
        match = _GIVEN_AWAY.fullmatch(statement)
        table = relation_of(match["table"], catalog) if match else None
        owner = table.owner if table else None
        if owner is not None and not owner.row.superuser:
            found.append(f"grant select, insert, update, delete on {statement.split()[2]} to {quoted(owner.name)}")
    return tuple(found)


def relation_of(name: str, catalog: Catalog) -> Relation | None:
    """The relation under a name that is written as SQL has it; None where there is none."""
    schema, bare = (part.strip('"') for part in re.findall(_WORD, name))
    try:
        return catalog.relation_named(schema, bare)
    except NotCollectedError:
        return None
