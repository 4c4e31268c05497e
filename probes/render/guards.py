"""Triggers, policies and event triggers as DDL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from probes.catalog.names import quoted
from probes.catalog.rows import PgClass, PgDepend, PgEventTrigger, PgPolicy, PgTrigger
from probes.finding import ObjectRef
from probes.render.giving import Given, written
from probes.render.model import Key, Phase, Piece
from probes.render.names import Names
from probes.render.scribe import Scribe, string

_ROW, _BEFORE, _INSERT, _DELETE, _UPDATE, _TRUNCATE, _INSTEAD = (1 << bit for bit in range(7))
_EVENTS = ((_INSERT, "insert"), (_UPDATE, "update"), (_DELETE, "delete"), (_TRUNCATE, "truncate"))
_TRIGGER_STATES = {"O": "enable", "D": "disable", "R": "enable replica", "A": "enable always"}
_COMMANDS = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}


def triggers(names: Names) -> Iterator[Given]:
    """Every trigger that is not a copy of a parent's, and the states of all."""
    by_oid = names.catalog.keyed(PgTrigger)
    internal = {row.relation for row in names.catalog.rows(PgTrigger) if row.is_internal and row.enabled == "D"}
    for row in names.catalog.rows(PgTrigger):
        table = names.catalog.find(PgClass, row.relation)
        if row.is_internal or table is None or names.is_member("pg_class", row.relation):
            continue
        above = by_oid.get(row.parent)
        if above is None:
            yield _trigger(names, row, table)
        if row.enabled != "O" or row.relation in internal:
            yield _state(names, row, table)
    for relation in sorted(internal):
        yield _all_disabled(names, relation)


def _about(names: Names, row: PgTrigger, table: PgClass) -> ObjectRef:
    return ObjectRef("trigger", row.name, names.catalog.schema_name(table.namespace), table.name)


def _trigger(names: Names, row: PgTrigger, table: PgClass) -> Given:
    key: Key = ("pg_trigger", row.oid)

    def write(scribe: Scribe) -> Piece:
        sql = " ".join(_parts(scribe, row))
        return scribe.piece(key, Phase.GUARD, _about(names, row, table), [sql])

    return written(names, key, _about(names, row, table), write)


def _parts(scribe: Scribe, row: PgTrigger) -> Iterator[str]:
    bits = row.type_bits
    yield f"create {'constraint ' if row.constraint else ''}trigger {quoted(row.name)}"
    yield "before" if bits & _BEFORE else "instead of" if bits & _INSTEAD else "after"
    yield " or ".join(_event(scribe, row, word) for bit, word in _EVENTS if bits & bit)
    yield f"on {scribe.relation(row.relation)}"
    if row.constraint and row.deferrable:
        yield "deferrable initially deferred" if row.initially_deferred else "deferrable"
    if row.old_table or row.new_table:
        yield "referencing"
        yield from (f"old table as {quoted(row.old_table)}",) if row.old_table else ()
        yield from (f"new table as {quoted(row.new_table)}",) if row.new_table else ()
    yield f"for each {'row' if bits & _ROW else 'statement'}"
    if row.has_condition:
        scribe.lack("the catalog does not hold the condition of a trigger")
        yield f"when ({_condition(scribe, row)})"
    function = scribe.function(row.function)
    yield f"execute function {scribe.function_name(function)}()"


def _event(scribe: Scribe, row: PgTrigger, word: str) -> str:
    columns = scribe.columns(row.relation, row.columns) if word == "update" and row.columns else ""
    return f"{word} of {columns}" if columns else word


def _condition(scribe: Scribe, row: PgTrigger) -> str:
    """A condition that mentions the same columns of the row, and is met."""
    found: list[PgDepend] = scribe.names.depends.get(("pg_trigger", row.oid), [])
    counted = Counter(one.referenced_column for one in found if one.referenced == row.relation)
    numbers = (counted - Counter(row.columns)).keys() - {0}  # UPDATE OF depends on its columns, too
    side = "old" if row.type_bits & _DELETE or not row.type_bits & _INSERT else "new"
    if not numbers or not row.type_bits & _ROW:
        return "true"
    mentions = ", ".join(f"{side}.{scribe.column(row.relation, number)}" for number in sorted(numbers))
    return f"row({mentions}) is null or true"


def _state(names: Names, row: PgTrigger, table: PgClass) -> Given:
    key: Key = ("state", row.oid)

    def write(scribe: Scribe) -> Piece:
        scribe.need("pg_trigger", row.parent or row.oid)
        foreign = "foreign " if table.kind == "f" else ""
        head = f"alter {foreign}table only {scribe.relation(row.relation)}"
        sql = f"{head} {_TRIGGER_STATES[row.enabled]} trigger {quoted(row.name)}"
        return scribe.piece(key, Phase.FLAG, _about(names, row, table), [sql], rank=1)

    return written(names, key, _about(names, row, table), write)


def _all_disabled(names: Names, relation: int) -> Given:
    """Internal triggers, those of foreign keys, are only disabled together."""
    key: Key = ("disabled", relation)
    table = names.catalog.find(PgClass, relation)
    name = table.name if table else str(relation)
    about = ObjectRef("table", name, names.catalog.schema_name(table.namespace) if table else None)

    def write(scribe: Scribe) -> Piece:
        scribe.lack("which triggers of its foreign keys are disabled: all are")
        sql = f"alter table only {scribe.relation(relation)} disable trigger all"
        return scribe.piece(key, Phase.FLAG, about, [sql])

    return written(names, key, about, write)


def policies(names: Names) -> Iterator[Given]:
    """Every row security policy."""
    for row in names.catalog.rows(PgPolicy):
        table = names.catalog.find(PgClass, row.relation)
        if table is not None and not names.is_member("pg_class", row.relation):
            yield _policy(names, row, table)


def _policy(names: Names, row: PgPolicy, table: PgClass) -> Given:
    key: Key = ("pg_policy", row.oid)
    about = ObjectRef("policy", row.name, names.catalog.schema_name(table.namespace), table.name)

    def write(scribe: Scribe) -> Piece:
        scribe.need_mentioned("pg_policy", row.oid)
        kind = "permissive" if row.permissive else "restrictive"
        roles = ", ".join(scribe.role(oid) for oid in row.roles)
        using = f" using ({scribe.text(row.using)})" if row.using else ""
        check = f" with check ({scribe.text(row.check)})" if row.check else ""
        head = f"create policy {quoted(row.name)} on {scribe.relation(row.relation)} as {kind}"
        return scribe.piece(key, Phase.GUARD, about, [f"{head} for {_COMMANDS[row.command]} to {roles}{using}{check}"])

    return written(names, key, about, write)


def event_triggers(names: Names) -> Iterator[Given]:
    """Every event trigger, after all that it would fire on."""
    for row in names.catalog.rows(PgEventTrigger):
        if not names.is_member("3466", row.oid):
            yield _event_trigger(names, row)


def _event_trigger(names: Names, row: PgEventTrigger) -> Given:
    key: Key = ("3466", row.oid)
    about = ObjectRef("event trigger", row.name)

    def write(scribe: Scribe) -> Piece:
        tags = f" when tag in ({', '.join(map(string, row.tags))})" if row.tags else ""
        call = f"execute function {scribe.function_name(scribe.function(row.function))}()"
        name = quoted(row.name)
        sql = [f"create event trigger {name} on {quoted(row.event)}{tags} {call}"]
        sql.append(f"alter event trigger {name} owner to {scribe.role(row.owner)}")
        sql.append(f"alter event trigger {name} {_TRIGGER_STATES[row.enabled]}")
        return scribe.piece(key, Phase.LAST, about, sql, rank=1)

    return written(names, key, about, write)
