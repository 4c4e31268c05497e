"""CREATE OR REPLACE FUNCTION replaces nothing and makes a second function.

What: CREATE OR REPLACE of a name that has a function already, with other argument types than any of them.

Why it matters: A function is known by its name and its argument types. The old one stays and goes on answering the
calls that fit it; with defaults on the new arguments, calls that worked become ambiguous and fail with 42725.

When it is harmless: Two functions of one name are meant.

What to do: DROP the old signature in the same transaction, or give the new one another name until the code has moved.

Known limits: Nothing is said of what stands in the database without a catalog. Two functions of one name in one file
are taken to be meant.

Sources: https://www.postgresql.org/docs/current/sql-createfunction.html

Given::

    create function f(x int) returns int language sql as 'select x';

Unsafe (with a catalog)::

    create or replace function f(x int, y int default 0) returns int language sql as 'select x + y';

Safe::

    create or replace function f(x int) returns int language sql as 'select x + 1';

Safe::

    drop function f(int);
    create or replace function f(x int, y int default 0) returns int language sql as 'select x + y';

Unsafe::

    create function total(x int) returns int language sql as 'select x';
    -- file 2.sql
    create or replace function total(x int, y int default 0) returns int language sql as 'select x + y';

Safe::

    create function f(x text) returns int language sql as 'select 1';
    create or replace function f(x text) returns int language sql as 'select 2';

Safe::

    create or replace function f(x int, y int default 0) returns int language sql as 'select x + y';
    drop function f(int);

Safe::

    create schema apart;
    create or replace function apart.f(x text) returns int language sql as 'select 1';
    create or replace function apart.f(x date) returns int language sql as 'select 2';

Safe::

    create or replace function g(x int) returns int language sql as 'select x';
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.routines import input_types
from migrations_safety.effects.run import Refused, Run
from migrations_safety.effects.types import resolve
from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._judging import branch
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgProc
from probes.finding import Severity
from probes.sql.tree.enums import ParameterMode
from probes.sql.tree.parts import schema_and_name
from probes.sql.tree.routines import CreateFunction

_OUTPUTS = frozenset({ParameterMode.OUT, ParameterMode.TABLE})


@script_rule(
    "Replaces no function but adds an overload",
    area=Area.COMPATIBILITY,
    severity=Severity.LOW,
    triggers=("CreateFunction",),
    profile=Profile.STRICT,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag replacements that leave a function which stood before beside the new one."""
    before, run, homes = script.look.catalog, script.look.run, dict[int, str]()
    for step in script.steps_of("CreateFunction"):
        tree = step.tree
        row = _left_of(run, tree) if isinstance(tree, CreateFunction) and not step.effects.is_refused else None
        if row is None or not isinstance(tree, CreateFunction):
            continue
        file = step.statement.file
        stood = row.oid in homes or _stands_in(before, row)
        homes.setdefault(row.oid, file)
        if not tree.replace or stood:
            continue
        of_the_name = [one for one in run.world.where(PgProc, "name", row.name) if one.namespace == row.namespace]
        if any(_stands_in(before, one) or homes.get(one.oid, file) != file for one in of_the_name):
            message = f"{row.name} exists with other arguments and stays: this makes a second function of the name"
            yield step, Flag(message=f"{message}{branch(step)}", evidence={"functions_of_the_name": len(of_the_name)})


def _left_of(run: Run, tree: CreateFunction) -> PgProc | None:
    """The function that the statement made, as far as it is there in the end; one of the script before any other."""
    schema, name = schema_and_name(tree.name)
    inputs = _input_types(run, tree)
    found = [
        row
        for row in run.world.where(PgProc, "name", name)
        if input_types(row) == inputs and schema in (None, run.world.schema_name(row.namespace))
    ]
    return min(found, key=lambda row: row.oid, default=None)


def _input_types(run: Run, tree: CreateFunction) -> tuple[int, ...] | None:
    inputs = [one.type for one in tree.parameters if one.mode not in _OUTPUTS]
    try:
        return tuple(resolve(run, one).oid if one else 0 for one in inputs)
    except Refused:
        return None


def _stands_in(catalog: Catalog | None, row: PgProc) -> bool:
    return catalog is not None and catalog.find(PgProc, row.oid) is not None
