"""A type, a function or a procedure gets another name while code in use says the old one.

What: ALTER TYPE, DOMAIN, FUNCTION, PROCEDURE ... RENAME TO, or ALTER TYPE ... RENAME ATTRIBUTE, of one that stood
before the script, with nothing of the old name made later in the file.

Why it matters: Columns, views and triggers follow a rename because they hold the object itself. Function bodies and
the application hold its name, and fail when they next run.

When it is harmless: Something of the old name is made in the same file, as when an enum is built anew.

What to do: Create a function of the new name that calls the old one, move the code over, then drop the old one.

Known limits: Where the application names it is not seen.

Sources: https://www.postgresql.org/docs/current/sql-alterfunction.html
    https://www.postgresql.org/docs/current/sql-altertype.html

Given::

    create type mood as enum ('ok', 'sad');
    create function f(x int) returns int language sql as 'select x';

Unsafe::

    alter type mood rename to feeling;

Unsafe::

    alter function f(int) rename to g;

Safe::

    alter type mood rename to mood_old;
    create type mood as enum ('ok');

Safe::

    create type pace as enum ('slow');
    alter type pace rename to speed;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._gone import Names
from migrations_safety.rules._judging import branch
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.parts import name_parts, schema_and_name
from probes.sql.tree.tables import Rename

_KINDS = frozenset(
    {
        ObjectType.TYPE,
        ObjectType.DOMAIN,
        ObjectType.FUNCTION,
        ObjectType.PROCEDURE,
        ObjectType.ROUTINE,
        ObjectType.ATTRIBUTE,
    }
)


@script_rule(
    "Renames a type or a routine in use",
    area=Area.COMPATIBILITY,
    severity=Severity.MEDIUM,
    triggers=(
        "Rename:TYPE",
        "Rename:DOMAIN",
        "Rename:FUNCTION",
        "Rename:PROCEDURE",
        "Rename:ROUTINE",
        "Rename:ATTRIBUTE",
    ),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag renamed types and routines whose old name does not come back."""
    known = Names.of(script)
    for step in script.steps_of("Rename"):
        tree = step.tree
        if not isinstance(tree, Rename) or tree.object_type not in _KINDS or step.effects.is_refused:
            continue
        if tree.object_type is ObjectType.ATTRIBUTE:
            parts: tuple[str, ...] = tree.relation.parts if tree.relation is not None else ()
            shown = f"attribute {tree.old_name}"
        else:
            parts = name_parts(tree.object)
            shown = f"{tree.object_type.name.lower()} {'.'.join(parts)}"
        if not parts:
            continue
        schema, name = schema_and_name(parts)
        if not known.made_before(step, schema, name) and not known.comes_back(step, schema, name):
            message = f"{shown} renamed to {tree.new_name}: bodies of functions and running code still say the old name"
            yield step, Flag(message=f"{message}{branch(step)}")
