"""A table is dropped that code in use may still name, and its rows go with it.

What: DROP TABLE or DROP FOREIGN TABLE of a table that stood before the script. Live queries that name it are listed
where pg_stat_statements was collected.

Why it matters: Every query that names it fails from the commit on. The rows cannot be had back but from a backup, and
a dropped table is the case for which backups are restored most often.

When it is harmless: It is a partition whose rows are past their time, a copy that a migration made and left, or no
query has named it for as long as the statistics reach back.

What to do: Rename it first and wait a release: a rename is undone in a second. Then dump it and drop it.

Known limits: What the application's code names is not seen. pg_stat_statements is a good witness where it is
installed, but it forgets queries that run seldom.

Sources: https://www.postgresql.org/docs/current/sql-droptable.html

Given::

    create table orders (id bigint primary key, note text, total numeric);

Unsafe::

    drop table orders;

Unsafe (with a catalog)::

    drop table if exists orders;

Safe::

    create temporary table t (id int);
    drop table t;

Safe::

    create table t (id int);
    drop table t;

Safe (with a catalog)::

    drop table if exists never_there;
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrations_safety.effects.model import RelationRef
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._gone import targets, vanishing
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.parts import name_parts, schema_and_name
from probes.sql.tree.tables import Drop


@rule(
    "Drops a table in use",
    area=Area.COMPATIBILITY,
    severity=Severity.MEDIUM,
    triggers=("Drop:TABLE", "Drop:FOREIGN_TABLE"),
    squawk=("ban-drop-table",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag each table that stood before and goes."""
    tree = step.tree
    if not isinstance(tree, Drop):
        return
    wanted = {schema_and_name(name_parts(one))[1] for one in tree.objects}
    for relation in targets(step):
        if relation.name in wanted:
            yield _judged(step, relation)


def _judged(step: Step, relation: RelationRef) -> Flag:
    row = step.look.of(relation)
    rows = max(row.tuples, 0.0) if row is not None and relation.kind in {"r", "m"} else 0.0
    is_empty = step.look.is_empty(relation)
    kept = "it is empty" if is_empty else "with all rows" + (f", about {rows:,.0f}" if rows else "")
    flag = vanishing(step, step.look.catalog, f"table {relation.qualified_name} dropped, {kept}", relation)
    severity = Severity.LOW if is_empty and flag.severity is None else flag.severity
    return msgspec.structs.replace(flag, evidence={**flag.evidence, "estimated_rows": round(rows)}, severity=severity)
