"""Functions and procedures as DDL, with the masked bodies that the catalog holds."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.names import quoted
from probes.catalog.rows import PgProc, PgType
from probes.finding import ObjectRef
from probes.render.giving import Given, written
from probes.render.mentions import Query, mentioned
from probes.render.model import Key, Phase, Piece, UnwritableError
from probes.render.names import Names
from probes.render.scribe import Scribe, string

_KINDS = {"f": "function", "p": "procedure", "a": "aggregate", "w": "window function"}
_VOLATILITY = {"i": "immutable", "s": "stable", "v": "volatile"}
_PARALLEL = {"s": "safe", "r": "restricted", "u": "unsafe"}
_MODES = {"i": "", "o": "out ", "b": "inout ", "v": "variadic "}
_LISTS = frozenset(
    {
        "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries",
        "temp_tablespaces", "unix_socket_directories",
    }
)  # fmt: skip
"""Settings whose stored values are lists of quoted names."""


def about_function(names: Names, row: PgProc) -> ObjectRef:
    """The function as findings name it."""
    return ObjectRef(_KINDS.get(row.kind, "function"), row.name, names.catalog.schema_name(row.namespace))


def functions(names: Names, *, inert: bool = False) -> Iterator[Given]:
    """Every function and procedure of a user; the constructors of its ranges come with them.

    Args:
        names: The catalog.
        inert: Whether bodies are left out for ones that do nothing: the server runs immutable functions while it
            reads the definition of an index, and the author of a body may be anybody.
    """
    for row in names.catalog.rows(PgProc):
        if not names.is_member("pg_proc", row.oid) and not _is_made_by_a_type(names, row):
            yield _function(names, row, inert=inert)


def _is_made_by_a_type(names: Names, row: PgProc) -> bool:
    """Whether it constructs a range or multirange: the type brings it."""
    made = names.catalog.find(PgType, row.returns)
    return row.language == "internal" and made is not None and made.kind in "rm" and made.namespace == row.namespace


def _function(names: Names, row: PgProc, *, inert: bool) -> Given:
    key: Key = ("pg_proc", row.oid)

    def write(scribe: Scribe) -> Piece:
        if row.kind not in "fp":
            raise UnwritableError("the catalog does not hold what an aggregate or window function is made of")
        if row.source is None:
            raise UnwritableError(f"the catalog holds no body in {row.language}")
        body = _inert_body(scribe, row) if inert and not row.has_sql_body else _body(scribe, row)
        sql = " ".join([*_parts(scribe, row), body])
        return scribe.piece(key, Phase.DEFINITION, about_function(names, row), [sql])

    return written(names, key, about_function(names, row), write)


def _parts(scribe: Scribe, row: PgProc) -> Iterator[str]:
    yield f"create {_KINDS[row.kind]} {scribe.function_name(row)}({', '.join(_arguments(scribe, row))})"
    if row.kind == "f":
        yield _returns(scribe, row)
        yield _VOLATILITY[row.volatility]
        yield f"parallel {_PARALLEL[row.parallel]} cost {row.cost:g}"
        yield from ("strict",) if row.strict else ()
        yield from ("leakproof",) if row.leakproof else ()
        yield from (f"rows {row.rows:g}",) if row.returns_set else ()
    yield from ("security definer",) if row.security_definer else ()
    yield from map(assignment, row.config)
    yield f"language {quoted(row.language)}"


def _arguments(scribe: Scribe, row: PgProc) -> Iterator[str]:
    modes = row.argument_modes or ("i",) * len(row.argument_types)
    inputs = [position for position, mode in enumerate(modes) if mode in "ibv"]
    with_default = set(inputs[len(inputs) - row.default_count :]) if row.default_count else set[int]()
    if with_default:
        scribe.lack("the catalog counts the defaults of its arguments and does not hold them")
    for position, (mode, oid) in enumerate(zip(modes, row.argument_types, strict=True)):
        if mode != "t":
            name = _argument_name(row, position)
            default = " default null" if position in with_default else ""
            yield f"{_MODES[mode]}{name}{scribe.type(oid)}{default}"


def _argument_name(row: PgProc, position: int) -> str:
    name = row.argument_names[position] if position < len(row.argument_names) else ""
    return f"{quoted(name)} " if name else ""


def _returns(scribe: Scribe, row: PgProc) -> str:
    table = [
        f"{_argument_name(row, position)}{scribe.type(row.argument_types[position])}"
        for position, mode in enumerate(row.argument_modes)
        if mode == "t"
    ]
    if table:
        return f"returns table ({', '.join(table)})"
    return f"returns {'setof ' if row.returns_set else ''}{scribe.type(row.returns)}"


def assignment(text: str) -> str:
    """`set name to value` of a `name=value` that a catalog holds."""
    name, _, value = text.partition("=")
    written_value = value if name.lower() in _LISTS and value else string(value)
    return f"set {'.'.join(map(quoted, name.split('.')))} to {written_value}"


def _body(scribe: Scribe, row: PgProc) -> str:
    if row.has_sql_body:
        scribe.lack("the catalog holds what its body mentions, not its text")
        found = mentioned(scribe.names.depends.get(("pg_proc", row.oid), []))
        source = Query(scribe, found).source()
        result = "" if row.kind == "p" or _returns_nothing(scribe, row) else f" select {_nothing(scribe, row)};"
        return f"begin atomic select{source};{result} end"
    scribe.lack("its body is held without literals and comments")
    return f"as {string(row.source or '')}"


def _inert_body(scribe: Scribe, row: PgProc) -> str:
    scribe.lack("its body is left out: it does nothing")
    nothing = row.kind == "p" or _returns_nothing(scribe, row)
    if row.language == "plpgsql":
        bare = nothing or row.returns_set or not set(row.argument_modes).isdisjoint("obt")
        return "as 'begin end'" if bare else "as 'begin return null; end'"
    return "as ''" if nothing else f"as {string(f'select {_nothing(scribe, row)}')}"


def _returns_nothing(scribe: Scribe, row: PgProc) -> bool:
    known = scribe.catalog.find(PgType, row.returns)
    return known is not None and known.name in {"void", "event_trigger"}


def _nothing(scribe: Scribe, row: PgProc) -> str:
    """A null of the type that is returned; of each output where there are several."""
    outputs = [oid for mode, oid in zip(row.argument_modes, row.argument_types, strict=False) if mode in "obt"]
    return ", ".join(f"null::{scribe.type(oid)}" for oid in outputs or [row.returns])
