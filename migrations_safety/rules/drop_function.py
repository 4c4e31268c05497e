"""A function goes that code in use may still call.

What: DROP FUNCTION, PROCEDURE, ROUTINE or AGGREGATE of one that stood before the script and that the file does not
make again.

Why it matters: The server refuses it only where a view, a default, a trigger or an index holds the function. Calls
from other functions and from the application are text: they fail when they next run.

When it is harmless: Nothing calls it any more; or only the overload that goes was unused.

What to do: Drop it a release after the last code that calls it. To change its arguments, make the new signature
beside the old one.

Known limits: Calls from the application are not seen; bodies of other functions are searched for the name as a word.

Sources: https://www.postgresql.org/docs/current/sql-dropfunction.html

Given::

    create function f(x int) returns int language sql as 'select x';
    create function g(x int) returns int language plpgsql as 'begin return f(x); end';

Unsafe::

    drop function f(int);

Safe::

    drop function f(int);
    create function f(x bigint) returns bigint language sql as 'select x';

Safe::

    create function h() returns int language sql as 'select 1';
    drop function h();

Safe (with a catalog)::

    drop function if exists never_there(int);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.function_uses import function_name, functions_calling
from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._gone import Names
from migrations_safety.rules._judging import branch
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgProc
from probes.finding import Severity
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.parts import name_parts, schema_and_name
from probes.sql.tree.tables import Drop

_KINDS = frozenset({ObjectType.FUNCTION, ObjectType.PROCEDURE, ObjectType.ROUTINE, ObjectType.AGGREGATE})
_SHOWN = 10


@script_rule(
    "Drops a function in use",
    area=Area.COMPATIBILITY,
    severity=Severity.LOW,
    triggers=("Drop:FUNCTION", "Drop:PROCEDURE", "Drop:ROUTINE", "Drop:AGGREGATE"),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag functions that go for good."""
    known = Names.of(script)
    for step in script.steps_of("Drop"):
        tree = step.tree
        if not isinstance(tree, Drop) or tree.object_type not in _KINDS or step.effects.is_refused:
            continue
        for one in tree.objects:
            schema, name = schema_and_name(name_parts(one))
            is_ours = known.made_before(step, schema, name) or known.comes_back(step, schema, name)
            if not is_ours and _stood(script.look.catalog, name):
                yield step, _judged(script.look.catalog, step, name)


def _stood(catalog: Catalog | None, name: str) -> bool:
    return catalog is None or name in catalog.grouped(PgProc, "name")


def _judged(catalog: Catalog | None, step: Step, name: str) -> Flag:
    callers = functions_calling(catalog, name)
    shown = tuple(function_name(catalog, row) for row in callers[:_SHOWN]) if catalog is not None else ()
    if shown:
        message = f"function {name} dropped: {', '.join(shown)} may call it, which the server does not track"
        return Flag(message=f"{message}{branch(step)}", evidence={"functions": shown}, severity=Severity.HIGH)
    return Flag(message=f"function {name} dropped: code that is running may still call it{branch(step)}")
