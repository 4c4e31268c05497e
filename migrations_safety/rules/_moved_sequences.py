"""Statements that set a sequence: setval(), ALTER SEQUENCE ... RESTART, and RESTART of an identity column."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from migrations_safety.effects.naming import make_object_name
from migrations_safety.effects.options import options_of
from migrations_safety.effects.run import Run
from migrations_safety.effects.sequences import sequence_of
from migrations_safety.rules._gone import is_old_column
from migrations_safety.script_view import Script, parsed_whole
from migrations_safety.timeline import Step
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgSequence
from probes.sql.expressions import model as m
from probes.sql.expressions.build import build
from probes.sql.parse import Parsed
from probes.sql.queries import load
from probes.sql.tree.data import Select
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.parts import Constraint, DefElem, name_parts
from probes.sql.tree.tables import AlterSequence, AlterTable, AlterTableCommand

_LOOKED_AT_BYTES = 8_192
_VALUE, _IS_CALLED = 1, 2
_IDENTITY = frozenset({AlterTableType.SET_IDENTITY, AlterTableType.ADD_IDENTITY})
Tree = Any
Name = tuple[str | None, str, str]


class Computed(enum.Enum):
    """How a value that is no number is arrived at, as far as it matters."""

    COUNT = "count"
    """The number of rows, which ids outrun as soon as one row is deleted."""
    LARGEST_AGAIN = "largest"
    """The largest id, to be given once more: setval(..., max(id), false)."""


class Move(msgspec.Struct, frozen=True):
    """A sequence that a statement sets."""

    step: Step
    sequence: int | None
    """Its oid; None where it is not known."""
    name: str
    """For words: as written, or by its column."""
    likely_name: str
    """The bare name, or that which the server gives the sequence of a column."""
    next_value: int | Computed | None
    """What nextval() gives afterwards; None for the start of a sequence that is not known, or what is computed well."""
    to_start: bool = False
    numbers_anew: Name | None = None
    """The schema, table and column that stood before and are given another sequence."""
    location: int | None = None
    command: AlterTableCommand | None = None


def moves(script: Script) -> Iterator[Move]:
    """What sets sequences, in order."""
    run = script.look.run
    for step in script.all_steps():
        if step.effects.is_refused:
            continue
        match step.tree:
            case Select():
                yield from _by_calls(run, script.look.catalog, step)
            case AlterSequence() as tree:
                name = tree.sequence.name
                row = run.find(tree.sequence.schema, name)
                known = row.oid if row is not None and not run.is_assumed(row) else None
                yield from _by_restart(script.look.catalog, Move(step, known, name, name, None), tree.options)
            case AlterTable() as tree:
                yield from _of_identity(run, script.look.catalog, step, tree)
            case _:
                pass


def _of_identity(run: Run, catalog: Catalog | None, step: Step, tree: AlterTable) -> Iterator[Move]:
    table = tree.relation
    for command in tree.commands:
        if command.kind not in _IDENTITY or not command.name:
            continue
        row = run.find(table.schema, table.name)
        column = run.column(row.oid, command.name) if row is not None else None
        known = sequence_of(run, column) if column is not None else None
        likely = make_object_name(table.name, command.name, "seq")
        found = Move(step, known, f"the sequence of {table.name}.{command.name}", likely, None, command=command)
        if command.kind is AlterTableType.SET_IDENTITY:
            yield from _by_restart(catalog, found, options_of(command))
        elif is_old_column(step, table, command.name):
            name = (table.schema, table.name, command.name)
            definition = command.definition
            options = definition.options if isinstance(definition, Constraint) else ()
            found = _as_named(run, found, options)
            yield msgspec.structs.replace(found, next_value=_first(options), numbers_anew=name)


def _as_named(run: Run, found: Move, options: Iterable[DefElem]) -> Move:
    """The move of the sequence behind SEQUENCE NAME, which stays the same whatever becomes of its column."""
    given: list[str] = [part for one in options if one.name == "sequence_name" for part in name_parts(one.value)]
    row = run.find(given[-2] if len(given) > 1 else None, given[-1]) if given else None
    if row is None:
        return found
    return msgspec.structs.replace(found, sequence=row.oid, likely_name=row.name)


def _first(options: Iterable[DefElem]) -> int | None:
    """The first number of a new sequence; None where it counts downwards."""
    values = {one.name: int(str(one.value)) for one in options if one.name in {"start", "increment", "minvalue"}}
    return values.get("start", values.get("minvalue", 1)) if values.get("increment", 1) > 0 else None


def _by_restart(catalog: Catalog | None, found: Move, options: Iterable[DefElem]) -> Iterator[Move]:
    for option in options:
        if option.name == "restart":
            written = option.value
            start = _start(catalog, found.sequence) if written is None else int(str(written))
            yield msgspec.structs.replace(found, next_value=start, to_start=written is None)


def _start(catalog: Catalog | None, sequence: int | None) -> int | None:
    row = limits(catalog, sequence)
    return row.start if row is not None else None


def limits(catalog: Catalog | None, sequence: int | None) -> PgSequence | None:
    """The limits of a sequence as it stood before the script."""
    if catalog is None or sequence is None:
        return None
    return catalog.find(PgSequence, sequence, "relation")


# ---- calls of the function


def _by_calls(run: Run, catalog: Catalog | None, step: Step) -> Iterator[Move]:
    statement = step.statement
    end = min(statement.end, statement.start + _LOOKED_AT_BYTES)
    whole = parsed_whole(step) if statement.text.find(b"setval", statement.start, end) >= 0 else None
    if whole is None or not isinstance(statement.outcome, Parsed):
        return
    shift = 0 if whole is statement.outcome else statement.start - statement.outcome.origin
    for call in _calls(load(whole.source)):
        arguments = call.get("args", ())
        if len(arguments) > _VALUE:
            known, name, likely = _named(run, build(arguments[0]))
            row = limits(catalog, known)
            value = _next_value(arguments, row.increment if row is not None else 1)
            yield Move(step, known, name, likely, value, location=shift + call.get("location", 0))


def _calls(tree: Tree) -> Iterator[dict[str, Tree]]:
    match tree:
        case {"FuncCall": {"funcname": [*_, {"String": {"sval": "setval"}}]} as call}:
            yield call
        case dict():
            for part in tree.values():
                yield from _calls(part)
        case list():
            for part in tree:
                yield from _calls(part)
        case _:
            return


def _named(run: Run, argument: m.Expression) -> tuple[int | None, str, str]:
    """The sequence that is named, or that belongs to the column that pg_get_serial_sequence() is asked for."""
    inner = argument.arg if isinstance(argument, m.Cast) else argument
    match inner:
        case m.Constant(value=str(text)):
            schema, name = _parts(text)
            row = run.find(schema, name)
            return (row.oid if row is not None and not run.is_assumed(row) else None), text, name
        case m.Call(
            name=(*_, "pg_get_serial_sequence"), args=(m.Constant(value=str(table)), m.Constant(value=str(column)))
        ):
            schema, name = _parts(table)
            row = run.find(schema, name)
            found = run.column(row.oid, column) if row is not None else None
            known = sequence_of(run, found) if found is not None else None
            return known, f"the sequence of {table}.{column}", make_object_name(name, column, "seq")
        case _:
            return None, "the sequence", ""


def _parts(text: str) -> tuple[str | None, str]:
    parts = [part[1:-1] if part.startswith('"') else part.lower() for part in text.split(".")]
    return (parts[-2] if len(parts) > 1 else None), parts[-1]


def _next_value(arguments: list[Tree], increment: int) -> int | Computed | None:
    value = build(arguments[_VALUE])
    is_called = build(arguments[_IS_CALLED]) if len(arguments) > _IS_CALLED else m.Constant(value=True)
    written = value.arg if isinstance(value, m.Cast) else value
    match written, is_called:
        case m.Constant(value=int(number)), m.Constant(value=bool(called)):
            return number + increment * called
        case m.Constant(), _:
            return None
        case _, m.Constant(value=False):
            plain = "max" in _functions(arguments[_VALUE]) and not _calculates(arguments[_VALUE])
            return Computed.LARGEST_AGAIN if plain else None
        case _:
            used = _functions(arguments[_VALUE])
            return Computed.COUNT if "count" in used and not used & {"max", "greatest"} else None


def _functions(tree: Tree) -> set[str]:
    match tree:
        case {"FuncCall": {"funcname": [*_, {"String": {"sval": str(name)}}]} as call}:
            return {name} | _functions(call.get("args", []))
        case dict():
            return set().union(*map(_functions, tree.values()))
        case list():
            return set().union(*map(_functions, tree))
        case _:
            return set()


def _calculates(tree: Tree) -> bool:
    """Whether something is added anywhere, such as 1 to the largest id."""
    match tree:
        case {"A_Expr": _}:
            return True
        case dict():
            return any(map(_calculates, tree.values()))
        case list():
            return any(map(_calculates, tree))
        case _:
            return False
