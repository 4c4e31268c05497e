"""A partitioned table is left without a partition.

What: CREATE TABLE ... PARTITION BY, and when the script ends the table has no partition.

Why it matters: It takes no row: every INSERT fails with `no partition of relation found for row`. In a test that
inserts nothing all is well.

When it is harmless: A job or an extension such as pg_partman makes the partitions before the first row arrives.

What to do: Make the first partitions in the same migration, and some ahead of time.

Known limits: Partitions that a function or a DO block makes are not seen; where the script calls pg_partman the rule
is silent.

Sources: https://www.postgresql.org/docs/current/ddl-partitioning.html

Unsafe::

    create table events (id bigint, at date not null) partition by range (at);

Safe::

    create table events (id bigint, at date not null) partition by range (at);
    create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');

Safe::

    create table events (id bigint, at date not null) partition by range (at);
    create table events_2026 (id bigint, at date not null);
    alter table events attach partition events_2026 for values from ('2026-01-01') to ('2027-01-01');
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.rows import PgInherits
from probes.finding import Severity
from probes.sql.tree.tables import CreateTable


@script_rule(
    "Partitioned table without partitions",
    area=Area.DESIGN,
    severity=Severity.MEDIUM,
    triggers=("CreateTable",),
    profile=Profile.STRICT,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag partitioned tables that no row fits into."""
    if any(b"create_parent" in step.statement.text for step in script.steps):
        return
    run = script.look.run
    for step in script.steps_of("CreateTable"):
        tree = step.tree
        if not isinstance(tree, CreateTable) or tree.partition_by is None:
            continue
        table = script.look.relation(tree.relation)
        if table is not None and not run.world.where(PgInherits, "parent", table.oid):
            yield step, Flag(message=f"{tree.relation.name} has no partition yet: every INSERT into it fails")
