"""A view goes that code in use may still read.

What: DROP VIEW or DROP MATERIALIZED VIEW of one that stood before the script and that the file does not make again.

Why it matters: Queries that name it fail from the commit on.

When it is harmless: No query names it, or the file makes it again, in the same transaction.

What to do: Drop it a release after the last code that reads it. To change its columns, CREATE OR REPLACE VIEW can add
some at the end; else drop and create it in one transaction, and grant again what was granted.

Known limits: What the application's code names is not seen. pg_stat_statements is a good witness where it is
installed, but it forgets queries that run seldom. That the new view has the columns which code reads is not compared.

Sources: https://www.postgresql.org/docs/current/sql-dropview.html
    https://www.postgresql.org/docs/current/sql-createview.html

Given::

    create table orders (id bigint primary key, note text, total numeric);
    create view open_orders as select id, total from orders;
    create materialized view totals as select sum(total) from orders;

Unsafe::

    drop view open_orders;

Unsafe::

    drop materialized view totals;

Safe::

    begin;
    drop view open_orders;
    create view open_orders as select id, note, total from orders;
    commit;

Safe (with a catalog)::

    drop view if exists never_there;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._gone import Names, targets, vanishing
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.parts import name_parts, schema_and_name
from probes.sql.tree.tables import Drop

_KINDS = frozenset({ObjectType.VIEW, ObjectType.MATVIEW})


@script_rule(
    "Drops a view in use",
    area=Area.COMPATIBILITY,
    severity=Severity.MEDIUM,
    triggers=("Drop:VIEW", "Drop:MATVIEW"),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag views that go for good."""
    known = Names.of(script)
    for step in script.steps_of("Drop"):
        tree = step.tree
        if not isinstance(tree, Drop) or tree.object_type not in _KINDS:
            continue
        wanted = {schema_and_name(name_parts(one))[1] for one in tree.objects}
        for relation in targets(step):
            schema, name = relation.schema, relation.name
            is_ours = known.made_before(step, schema, name) or known.comes_back(step, schema, name)
            if name in wanted and not is_ours:
                what = f"view {relation.qualified_name} dropped"
                yield step, vanishing(step, script.look.catalog, what, relation)
