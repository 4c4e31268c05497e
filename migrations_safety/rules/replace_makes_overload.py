"""CREATE OR REPLACE FUNCTION replaces nothing and makes a second function.

What: CREATE OR REPLACE of a name that has a function already, with other argument types than any of them.

Why it matters: A function is known by its name and its argument types. The old one stays and goes on answering the
calls that fit it; with defaults on the new arguments, calls that worked become ambiguous and fail with 42725.

When it is harmless: Two functions of one name are meant.

What to do: DROP the old signature in the same transaction, or give the new one another name until the code has moved.

Known limits: Nothing is said without a catalog, except of functions that the script makes.

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

Safe::

    create or replace function g(x int) returns int language sql as 'select x';
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._judging import branch
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgProc
from probes.finding import Severity
from probes.sql.tree.parts import schema_and_name
from probes.sql.tree.routines import CreateFunction


@script_rule(
    "Replaces no function but adds an overload",
    area=Area.COMPATIBILITY,
    severity=Severity.LOW,
    triggers=("CreateFunction",),
    profile=Profile.STRICT,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag replacements that leave more functions of the name than there were."""
    for step in script.steps_of("CreateFunction"):
        tree = step.tree
        catalog = script.look.catalog
        if not isinstance(tree, CreateFunction) or not tree.replace or step.effects.is_refused or catalog is None:
            continue
        schema, name = schema_and_name(tree.name)
        old = [row for row in catalog.grouped(PgProc, "name").get(name, ()) if _is_in(catalog, row, schema)]
        now = [row for row in script.look.run.world.where(PgProc, "name", name) if _is_in(catalog, row, schema)]
        if old and len(now) > len(old):
            message = f"{name} exists with other arguments and stays: this makes a second function of the name"
            yield step, Flag(message=f"{message}{branch(step)}", evidence={"functions_of_the_name": len(now)})


def _is_in(catalog: Catalog, row: PgProc, schema: str | None) -> bool:
    return schema is None or catalog.schema_name(row.namespace) == schema
