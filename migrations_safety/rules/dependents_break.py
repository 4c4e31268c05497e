"""The body of a function says a name that goes away.

What: A column, relation or sequence is dropped, renamed or moved, and the body of a function names it, one of the
database or one that the script makes. Functions are judged as the script leaves them: those that it drops are left out.

Why it matters: The server tracks what views, constraints and policies use, not what stands in the text of a body. The
migration succeeds, and the function fails when it is next called: in a trigger that is every INSERT.

When it is harmless: The function is not called any more.

What to do: CREATE OR REPLACE the function in the same transaction, before the name goes.

Known limits: Without a catalog only functions that the script makes are known. Bodies in other languages than SQL and
PL/pgSQL, and those that build statements with EXECUTE, are searched for the names as words. Literals are not in the
catalog.

Sources: https://www.postgresql.org/docs/current/plpgsql-implementation.html
    https://www.postgresql.org/docs/current/ddl-depend.html

Given::

    create table orders (id bigint primary key, note text, total numeric);
    create function touch() returns trigger language plpgsql as $$
    begin new.note := 'touched'; return new; end $$;
    create trigger touch before update on orders for each row execute function touch();
    create function total_of(wanted bigint) returns numeric language sql as
        'select total from orders where id = wanted';
    create sequence numbers;
    create function next_number() returns bigint language sql as $$ select nextval('numbers') $$;

Unsafe (with a catalog)::

    alter table orders drop column note;

Unsafe (with a catalog)::

    alter table orders rename column total to amount;

Unsafe (with a catalog)::

    drop table orders;

Unsafe (with a catalog)::

    alter sequence numbers rename to counts;

Unsafe::

    create or replace function total_of(wanted bigint) returns numeric language sql as
        'select total + 1 from orders where id = wanted';
    alter table orders drop column total;

Unsafe::

    create table notes (id bigint, body text, pages numeric);
    create or replace function total_of(wanted bigint) returns numeric language sql as
        'select pages from notes where id = wanted';
    -- file 2.sql
    alter table notes drop column pages;

Safe::

    alter table orders rename column total to amount;
    create or replace function total_of(wanted bigint) returns numeric language sql as
        'select amount from orders where id = wanted';

Safe::

    create table notes (id bigint, body text, pages int);
    create function pages_of(wanted bigint) returns int language sql as 'select pages from notes where id = wanted';
    drop function pages_of(bigint);
    alter table notes drop column pages;

Safe (with a catalog)::

    alter sequence numbers rename to counts;
    create or replace function next_number() returns bigint language sql as $$ select nextval('counts') $$;

Safe::

    create or replace function total_of(wanted bigint) returns numeric language sql as 'select 0.0';
    alter table orders rename column total to amount;

Safe (with a catalog)::

    alter table orders add column draft text;
    alter table orders drop column draft;

Safe (with a catalog)::

    create table notes (id bigint, note text);
    alter table notes drop column note;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import RelationRef
from migrations_safety.function_uses import function_name, functions_drawing, functions_naming
from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._gone import Names, changed
from migrations_safety.rules._judging import branch
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgProc
from probes.finding import Severity
from probes.sql.tree.atoms import StatementNode
from probes.sql.tree.enums import AlterTableType, ObjectType
from probes.sql.tree.parts import name_parts, schema_and_name
from probes.sql.tree.routines import CreateFunction
from probes.sql.tree.tables import AlterTable, AlterTableCommand, Drop, Rename, SetSchema

_SHOWN = 4
_TEMPORARY = "pg_temp"
_REMAKING = ("CreateFunction", "Drop")
_REMOVING = ("AlterTable", "Rename", "Drop", "SetSchema")
_ROUTINES = frozenset({ObjectType.FUNCTION, ObjectType.PROCEDURE, ObjectType.ROUTINE})


@script_rule(
    "A function still names what goes",
    area=Area.COMPATIBILITY,
    severity=Severity.HIGH,
    triggers=(
        "AlterTable:DROP_COLUMN",
        "Drop:TABLE",
        "Drop:VIEW",
        "Drop:MATVIEW",
        "Drop:SEQUENCE",
        "Rename:COLUMN",
        "Rename:TABLE",
        "Rename:VIEW",
        "Rename:MATVIEW",
        "Rename:SEQUENCE",
        "Rename:INDEX",
        "SetSchema",
    ),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag names that go while a body says them."""
    known = Names.of(script)
    for step in (one for kind in _REMOVING for one in script.steps_of(kind)):
        for relation, column, command in _gone(known, step):
            names = _naming(script, relation, column) if not _is_there(script, relation, column) else ()
            if names:
                what = f"{column} of {relation.qualified_name}" if column else relation.qualified_name
                message = (
                    f"{what} is still named in {', '.join(names[:_SHOWN])}: each fails when next called{branch(step)}"
                )
                yield step, Flag(message=message, evidence={"functions": names}, command=command)


def _naming(script: Script, relation: RelationRef, column: str | None) -> tuple[str, ...]:
    """The functions that name it as the script leaves them; only those of the script where that made the relation."""
    left, remade = script.once(_left), script.once(_remade_in_blocks)
    if relation.kind == "S":
        rows = functions_drawing(left, relation.oid, relation.name)
    else:
        rows = functions_naming(left, relation.oid, relation.name, column)
    return tuple(
        function_name(left, row)
        for row in rows
        if row.name not in remade and (relation.oid > 0 or _is_of_script(script, row))
    )


def _is_of_script(script: Script, row: PgProc) -> bool:
    """Whether the script made the function, or gave it its body."""
    before = script.look.catalog
    return before is None or before.find(PgProc, row.oid) != row


def _left(script: Script) -> Catalog:
    """The database that the script leaves."""
    return script.look.world.catalog()


def _remade_in_blocks(script: Script) -> frozenset[str]:
    """Functions that DO blocks make or drop: what they are like in the end is not known."""
    steps = (one for kind in _REMAKING for one in script.steps_of(kind) if one.in_body)
    return frozenset(name for step in steps for name in _functions(step.tree))


def _is_there(script: Script, relation: RelationRef, column: str | None) -> bool:
    """Whether in the end something of the name is there after all."""
    run = script.look.run
    row = run.find(relation.schema, relation.name)
    if row is None or run.is_assumed(row):
        return False
    return column is None or run.column(row.oid, column) is not None


def _functions(tree: StatementNode | None) -> list[str]:
    """Bare names of the functions that a statement makes or drops."""
    if isinstance(tree, CreateFunction):
        return [tree.name[-1]]
    if isinstance(tree, Drop) and tree.object_type in _ROUTINES:
        return [schema_and_name(name_parts(one))[1] for one in tree.objects]
    return []


def _gone(known: Names, step: Step) -> Iterator[tuple[RelationRef, str | None, AlterTableCommand | None]]:
    """The relations and columns whose names a statement takes away for good, and the subcommand that does."""
    tree, relations = step.tree, [one for one in changed(step) if one.schema != _TEMPORARY]
    if not relations:
        return
    relation = relations[0]
    match tree:
        case AlterTable():
            for command in tree.commands:
                if command.kind is AlterTableType.DROP_COLUMN and command.name:
                    yield relation, command.name, command
        case Rename(object_type=ObjectType.COLUMN, old_name=old) if old:
            yield relation, old, None
        case Drop():
            wanted = {schema_and_name(name_parts(one))[1] for one in tree.objects}
            for one in relations:
                if one.name in wanted and not known.comes_back(step, one.schema, one.name):
                    yield one, None, None
        case Rename(old_name=None) | SetSchema() if not known.comes_back(step, relation.schema, relation.name):
            yield relation, None, None
        case _:
            return
