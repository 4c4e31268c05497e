"""A relation moves to another schema while code in use looks for it in the old one.

What: ALTER ... SET SCHEMA of a table, view, sequence or materialized view that stood before the script, with nothing
left in its place.

Why it matters: A qualified name fails at once. An unqualified one works or fails by the search_path of each role,
which makes the failure hard to see in a test.

When it is harmless: A view stays behind in the old schema; or the new schema stands in every search_path and nobody
qualifies the name.

What to do: Create a view of the same name in the old schema in the same transaction, and drop it releases later.

Known limits: What the application's code names is not seen. pg_stat_statements is a good witness where it is
installed, but it forgets queries that run seldom.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html

Given::

    create table orders (id bigint primary key, note text, total numeric);
    create schema archive;

Unsafe::

    alter table orders set schema archive;

Safe::

    begin;
    alter table orders set schema archive;
    create view orders as select * from archive.orders;
    commit;

Safe::

    create table t (id int);
    alter table t set schema archive;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._dependents import following
from migrations_safety.rules._gone import Names, target, vanishing
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.tables import SetSchema


@script_rule(
    "Moves a relation in use to another schema",
    area=Area.COMPATIBILITY,
    severity=Severity.MEDIUM,
    triggers=("SetSchema",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag relations that leave their schema and no view behind."""
    known = Names.of(script)
    for step in script.steps_of("SetSchema"):
        tree, relation = step.tree, target(step)
        if not isinstance(tree, SetSchema) or tree.relation is None or relation is None:
            continue
        schema, name = relation.schema, relation.name
        if known.made_before(step, schema, name) or known.comes_back(step, schema, name):
            continue
        what = f"{relation.qualified_name} moved to schema {tree.new_schema}"
        yield step, vanishing(step, script.look.catalog, what, relation, more=following(script.look, relation))
