"""Functions whose bodies name a table or a column. The server keeps no dependency for text: it fails when it runs."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from migrations_safety.script.bodies import body_of
from migrations_safety.uses import LiveQuery, names_column, read_query
from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgProc, PgTrigger
from probes.sql.parse import Parsed, parse_statement
from probes.sql.queries import load

_WORD = re.compile(r"\w+")
_DRAWING = re.compile(r"\b(?:nextval|currval|setval|to_regclass)\s*\(\s*'([^']*)'", re.IGNORECASE)
_TRIGGER, _VOID = 2279, 2278
_ROW_VARIABLES = frozenset({"new", "old"})


class _Wanted(msgspec.Struct, frozen=True, gc=False):
    """What is looked for."""

    relation: int
    table: str
    column: str | None
    on_triggers: frozenset[int]
    """Functions that triggers of the table call."""


def functions_naming(catalog: Catalog | None, relation: int, table: str, column: str | None = None) -> list[PgProc]:
    """Functions in whose body the table, or the column of it, is named.

    Bodies that cannot be read to the end count where both names stand in them as words.
    """
    if catalog is None or catalog.absent(PgProc):
        return []
    bodies = catalog.derived("words of functions", (PgProc,), lambda: _words(catalog.rows(PgProc)))
    calling = catalog.grouped(PgTrigger, "relation").get(relation, ())
    wanted = _Wanted(relation, table, column, frozenset(row.function for row in calling))
    found = (catalog.find(PgProc, oid) for oid, words in bodies.items() if _may_name(oid, words, wanted))
    return [row for row in found if row is not None and _names(catalog, row, wanted)]


def function_name(catalog: Catalog, row: PgProc) -> str:
    """The function as `schema.name`."""
    return f"{catalog.schema_name(row.namespace)}.{row.name}"


def functions_calling(catalog: Catalog | None, name: str) -> list[PgProc]:
    """Functions in whose body the name of another function stands as a word."""
    if catalog is None or catalog.absent(PgProc):
        return []
    bodies = catalog.derived("words of functions", (PgProc,), lambda: _words(catalog.rows(PgProc)))
    found = (catalog.find(PgProc, oid) for oid, words in bodies.items() if name.lower() in words)
    return [row for row in found if row is not None and row.name != name]


def functions_drawing(catalog: Catalog | None, sequence: int, name: str) -> list[PgProc]:
    """Functions in whose body a sequence is named: as a relation, or in a text such as nextval('name')."""
    if catalog is None or catalog.absent(PgProc):
        return []
    named = {row.oid for row in functions_naming(catalog, sequence, name)}
    return [row for row in catalog.rows(PgProc) if row.oid in named or _draws(row, name)]


def _draws(row: PgProc, name: str) -> bool:
    texts = _DRAWING.findall(row.source) if row.source and not row.has_sql_body and name in row.source else ()
    return any(text.rpartition(".")[2].strip('"') == name for text in texts)


def _words(rows: Iterable[PgProc]) -> dict[int, frozenset[str]]:
    return {
        row.oid: frozenset(map(str.lower, _WORD.findall(row.source)))
        for row in rows
        if row.source and not row.has_sql_body
    }


def _may_name(oid: int, words: frozenset[str], wanted: _Wanted) -> bool:
    if wanted.column is None:
        return wanted.table.lower() in words
    return wanted.column.lower() in words and (wanted.table.lower() in words or oid in wanted.on_triggers)


def _names(catalog: Catalog, row: PgProc, wanted: _Wanted) -> bool:
    queries = _queries(row)
    if queries is None:
        return True
    named = {one.name for query in queries for one in query.relations}
    if wanted.column is None:
        return wanted.table in named
    column = wanted.column
    if any(one.names(None, wanted.table) and names_column(catalog, one, wanted.table, column) for one in queries):
        return True
    known = {one.alias or one.name for query in queries for one in query.relations}
    return _has_field(row, named, known, wanted)


def _has_field(row: PgProc, named: set[str], known: set[str], wanted: _Wanted) -> bool:
    """Whether a row variable, such as NEW or the record of a loop over the table, has the column read or set."""
    field = re.compile(rf'(\w+)\s*\.\s*"?{re.escape(wanted.column or "")}\b', re.IGNORECASE)
    for variable in field.findall(row.source or ""):
        if variable.lower() in _ROW_VARIABLES:
            if row.oid in wanted.on_triggers:
                return True
        elif variable not in known and wanted.table in named and _may_hold_row(row, variable, wanted.table):
            return True
    return False


def _may_hold_row(row: PgProc, variable: str, table: str) -> bool:
    """Whether a variable may hold rows of the table: not where all loops that fill it run over something else."""
    loops = re.compile(rf"\bfor\s+{re.escape(variable)}\s+in\b(.*?)\bloop\b", re.IGNORECASE | re.DOTALL)
    sources = loops.findall(row.source or "")
    return not sources or any(table.lower() in map(str.lower, _WORD.findall(one)) for one in sources)


# ---- reading bodies


def _queries(row: PgProc) -> list[LiveQuery] | None:
    """What the statements and expressions of a body name; None where it cannot be read to the end."""
    sql = _as_statement(row)
    outcome = parse_statement(sql)
    body = body_of(outcome, sql) if isinstance(outcome, Parsed) else None
    if body is None or body.dark:
        return None
    found: list[LiveQuery] = []
    for one in body.statements:
        tree = load(one.outcome.source) if isinstance(one.outcome, Parsed) else None
        if tree is None or not isinstance(one.outcome, Parsed):
            return None
        found.append(read_query(tree, one.outcome.kind))
    return found


def _as_statement(row: PgProc) -> str:
    """A CREATE statement that has the body; only names of arguments matter beside it."""
    arguments = ", ".join(f"{quoted(name)} text" for name in dict.fromkeys(row.argument_names) if name)
    quote = "$body_of_a_function$"
    head = f"create {'procedure' if row.kind == 'p' else 'function'} f({arguments})"
    return f"{head}{_returns(row)} language {quoted(row.language)} as {quote}{row.source}{quote}"


def _returns(row: PgProc) -> str:
    if row.kind == "p":
        return ""
    if row.returns == _TRIGGER:
        return " returns trigger"
    if row.returns == _VOID:
        return " returns void"
    return " returns setof record" if row.returns_set else " returns text"
