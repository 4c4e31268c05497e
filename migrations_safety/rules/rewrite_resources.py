"""A very large table is written anew: there must be room for a second copy, here and in the WAL.

What: A statement writes a table anew that has ten gigabytes or more with its indexes and TOAST.

Why it matters: Old and new files exist side by side until the commit, and the whole copy goes through the WAL: to the
archive, to every replica, and into pg_wal as long as a replication slot needs it. A disk that runs full stops the
server, not only the migration.

When it is harmless: There is room for twice the table and as much WAL, and the replicas keep up. An unlogged table
writes no WAL.

What to do: Measure the room first. Prefer a way that changes the table in batches, so that the WAL can be sent,
archived and recycled meanwhile.

Known limits: Only with a database. Free disk space is not known to the server; sizes are those of the last VACUUM or
ANALYZE.

Sources: https://www.postgresql.org/docs/current/diskusage.html
    https://www.postgresql.org/docs/current/warm-standby.html#STREAMING-REPLICATION-SLOTS

Given::

    create table orders (id bigint primary key, note text);
    create table items (id bigint primary key);
    -- rows orders: 200000000
    -- rows items: 100000

Unsafe (with a catalog)::

    alter table orders alter column id type numeric;

Unsafe (with a catalog)::

    vacuum full orders;

Safe::

    alter table items alter column id type numeric;

Safe::

    alter table orders add column remark text;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import RelationRef
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import names
from migrations_safety.timeline import Step
from probes.catalog.catalog import Catalog
from probes.catalog.rows import ReplicationSlot
from probes.finding import Severity

_LARGE_BYTES = 10 * 1024**3
_GIGABYTE = 1024**3


@rule(
    "Rewrite of a very large table",
    area=Area.LOCKS,
    severity=Severity.MEDIUM,
    triggers=("+work",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag rewrites for which the disk may be too small."""
    catalog = step.look.catalog
    if catalog is None or step.effects.is_refused:
        return
    written = [work.relation for work in step.effects.rewrites if not work.is_empty]
    table_bytes = sum(_bytes(step, relation) for relation in written)
    if table_bytes >= _LARGE_BYTES:
        yield Flag(
            message=(
                f"{names(written)} is written anew: about {table_bytes / _GIGABYTE:,.0f} GB more disk until it commits,"
                f" and as much WAL{_kept_by_slots(catalog)}"
            ),
            evidence={"rewritten_bytes": table_bytes},
        )


def _bytes(step: Step, relation: RelationRef) -> int:
    row = step.look.of(relation)
    if row is None or relation.oid < 0:
        return 0
    pages = row.pages + row.toast_pages + sum(index.pages for index in step.look.run.indexes(row.oid))
    return pages * step.look.run.world.base.server.block_size


def _kept_by_slots(catalog: Catalog) -> str:
    slots = [] if catalog.absent(ReplicationSlot) else list(catalog.rows(ReplicationSlot))
    return f", which {len(slots)} replication slots keep until it is read" if slots else ""
