"""A schema is dropped with all that is in it.

What: DROP SCHEMA ... CASCADE of a schema that stood before the script and is not empty. What is in it is counted, and
listed as far as it fits.

Why it matters: Every table of the schema loses its rows, and objects of other schemas that use one of them go along.

When it is harmless: The schema holds what can be made again. Without CASCADE the server drops empty schemas only.

What to do: Drop what is in it by name, or rename the schema and wait a release.

Known limits: Without a catalog every schema is taken for one that is full.

Sources: https://www.postgresql.org/docs/current/sql-dropschema.html

Given::

    create schema sales;
    create table sales.orders (id bigint primary key);
    create schema empty;

Unsafe::

    drop schema sales cascade;

Unsafe (without a catalog)::

    drop schema public cascade;

Safe (with a catalog)::

    drop schema empty cascade;

Safe::

    drop schema if exists empty;

Safe::

    create schema draft;
    drop schema draft cascade;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.dependents import Kind, Obj
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._dependents import needing_cascade
from migrations_safety.rules._judging import branch
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.parts import name_parts
from probes.sql.tree.tables import Drop

_SHOWN = 4
_LISTED = 50


@rule(
    "Drops a schema and what is in it",
    area=Area.DATA,
    severity=Severity.HIGH,
    triggers=("Drop:SCHEMA",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag schemas that take their contents along."""
    tree = step.tree
    if not isinstance(tree, Drop) or not tree.cascade or step.effects.is_refused:
        return
    world = step.look.run.world
    for one in tree.objects:
        name = name_parts(one)[-1]
        oid = world.schema_oid(name)
        if not step.has_catalog and (oid is None or oid > 0 or world.is_assumed(oid)):
            yield Flag(message=f"schema {name} dropped with everything in it{branch(step)}")
        elif oid is not None and oid > 0:
            found = needing_cascade(step.look.run, [Obj(Kind.SCHEMA, oid)])
            if found:
                more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
                message = f"schema {name} dropped with {', '.join(found[:_SHOWN])}{more}{branch(step)}"
                yield Flag(
                    message=message, evidence={"dropped_along": found[:_LISTED], "dropped_along_count": len(found)}
                )
