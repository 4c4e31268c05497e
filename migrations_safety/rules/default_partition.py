"""A partitioned table gets a default partition.

What: CREATE TABLE ... PARTITION OF ... DEFAULT, or ATTACH PARTITION ... DEFAULT.

Why it matters: From then on every new partition has to prove that none of its rows lie in the default: it is read
whole under ACCESS EXCLUSIVE unless a CHECK rules them out. DETACH ... CONCURRENTLY is refused while there is one. And
rows that arrive early stay in it unnoticed until they are in the way.

When it is harmless: The default stays empty and something watches that it does.

What to do: Make partitions ahead of time and let an INSERT without one fail loudly; or keep the default, watch it,
and give it a CHECK before each new partition.

Known limits: Whether a watch exists cannot be seen.

Sources: https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-BEST-PRACTICES

Given::

    create table events (id bigint, at date not null) partition by range (at);
    create table events_old (id bigint, at date not null);

Unsafe::

    create table events_other partition of events default;

Unsafe::

    alter table events attach partition events_old default;

Safe::

    create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.atoms import PartitionBound, PartitionCmd
from probes.sql.tree.tables import AlterTable, CreateTable


def _bounds(step: Step) -> Iterator[tuple[str, PartitionBound]]:
    match step.tree:
        case CreateTable(bound=bound, inherits=parents) if bound is not None and parents:
            yield parents[0].name, bound
        case AlterTable() as tree:
            for command in tree.commands:
                definition = command.definition
                if isinstance(definition, PartitionCmd) and definition.bound is not None:
                    yield tree.relation.name, definition.bound
        case _:
            return


@rule(
    "Default partition",
    area=Area.DESIGN,
    severity=Severity.LOW,
    triggers=("CreateTable", "AlterTable:ATTACH_PARTITION"),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag partitions for everything else."""
    for parent, bound in _bounds(step):
        if bound.is_default:
            yield Flag(
                message=(
                    f"{parent} gets a default partition: each partition to come reads it under ACCESS EXCLUSIVE, and "
                    "DETACH CONCURRENTLY is refused"
                )
            )
