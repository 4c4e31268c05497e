"""A rule that the rows kept is given up.

What: DROP CONSTRAINT of a check, a foreign key or an exclusion that stood before the script and that the file does
not make again. Without a catalog every kind of constraint.

Why it matters: From the commit on nothing stops rows that code elsewhere takes for impossible. The planner loses
knowledge too: a CHECK excludes partitions and children, a foreign key improves estimates of joins.

When it is harmless: The same constraint comes back in the file, perhaps NOT VALID and under another name; or the
application keeps the rule itself.

What to do: Say in the migration why the rule no longer holds; where it is replaced, add the new one NOT VALID before
the old one goes.

Known limits: A new constraint of another name that says the same is not recognised.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html

Given::

    create table orders (id bigint primary key, note text, total numeric);
    alter table orders add constraint positive check (total > 0);

Unsafe::

    alter table orders drop constraint positive;

Safe::

    alter table orders drop constraint positive;
    alter table orders add constraint positive check (total >= 0) not valid;

Safe (with a catalog)::

    alter table orders drop constraint if exists never_there;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._gone import target
from migrations_safety.rules._judging import branch
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgConstraint
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.parts import Constraint
from probes.sql.tree.tables import AlterTable

_KINDS = frozenset({"c", "f", "x"})


@script_rule(
    "Drops a constraint",
    area=Area.COMPATIBILITY,
    severity=Severity.LOW,
    triggers=("AlterTable:DROP_CONSTRAINT",),
    profile=Profile.STRICT,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag constraints that go for good."""
    made = set(_made(script))
    for step in script.steps_of("AlterTable"):
        tree, relation = step.tree, target(step)
        if not isinstance(tree, AlterTable) or relation is None:
            continue
        for command in tree.commands:
            name = command.name
            is_dropped = command.kind is AlterTableType.DROP_CONSTRAINT
            if not is_dropped or not name or (tree.relation.name, name) in made:
                continue
            if script.look.catalog is None or _kind(script.look.catalog, relation.oid, name) in _KINDS:
                message = f"constraint {name} of {relation.qualified_name} dropped: nothing keeps its rule from here on"
                yield step, Flag(message=f"{message}{branch(step)}", command=command)


def _made(script: Script) -> Iterator[tuple[str, str]]:
    """Table and name of the constraints that the script adds, before or after."""
    for step in script.steps_of("AlterTable"):
        if isinstance(step.tree, AlterTable):
            for command in step.tree.commands:
                is_added = command.kind is AlterTableType.ADD_CONSTRAINT
                definition = command.definition if is_added else None
                if isinstance(definition, Constraint) and definition.name:
                    yield step.tree.relation.name, definition.name


def _kind(catalog: Catalog, relation: int, name: str) -> str | None:
    rows = catalog.grouped(PgConstraint, "relation").get(relation, ())
    return next((row.kind for row in rows if row.name == name), None)
