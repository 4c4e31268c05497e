"""A type goes that code in use may still name.

What: DROP TYPE or DROP DOMAIN of a type that stood before the script and of which none of the same name is made later
in the file.

Why it matters: The server refuses it while a column has the type, but it cannot see the application: casts and bind
parameters that name the type fail. Drivers that look types up once keep an oid that no longer exists, until they
reconnect.

When it is harmless: It was the old type of an enum that was built anew, under a name that the migration gave it.

What to do: Drop it a release after the last code that names it.

Known limits: Where the application names the type is not seen. CASCADE is judged by another rule.

Sources: https://www.postgresql.org/docs/current/sql-droptype.html

Given::

    create type mood as enum ('ok', 'sad');

Unsafe::

    drop type mood;

Safe::

    alter type mood rename to mood_old;
    create type mood as enum ('ok');
    drop type mood_old;

Safe::

    create type pace as enum ('slow');
    drop type pace;

Safe (with a catalog)::

    drop type if exists never_there;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._gone import Names
from migrations_safety.rules._judging import branch
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgType
from probes.finding import Severity
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.parts import name_parts, schema_and_name
from probes.sql.tree.tables import Drop

_KINDS = frozenset({ObjectType.TYPE, ObjectType.DOMAIN})


@script_rule(
    "Drops a type in use",
    area=Area.COMPATIBILITY,
    severity=Severity.LOW,
    triggers=("Drop:TYPE", "Drop:DOMAIN"),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag types that stood before and go."""
    known = Names.of(script)
    for step in script.steps_of("Drop"):
        tree = step.tree
        if not isinstance(tree, Drop) or tree.object_type not in _KINDS or step.effects.is_refused:
            continue
        for one in tree.objects:
            schema, name = schema_and_name(name_parts(one))
            is_ours = known.made_before(step, schema, name) or known.comes_back(step, schema, name)
            if not is_ours and _stood(script.look.catalog, name):
                yield step, Flag(message=f"type {name} dropped: code that is running may still name it{branch(step)}")


def _stood(catalog: Catalog | None, name: str) -> bool:
    return catalog is None or name in catalog.grouped(PgType, "name")
