"""CONCURRENTLY can leave a corrupt index on PostgreSQL 14.0 to 14.3.

What: CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY on a server of version 14.0, 14.1, 14.2 or 14.3.

Why it matters: A fault of these releases makes the build miss rows that are updated while it runs. Queries through
the index then give wrong answers, a unique index lets duplicates in, and nothing says so until amcheck is run.

When it is harmless: The server is updated before the migration runs.

What to do: Update to 14.4 or later first. Indexes that were built concurrently before then need a REINDEX.

Known limits: Only with a database, since the minor version must be known.

Sources: https://www.postgresql.org/docs/release/14.4/

Given::

    create table orders (id bigint primary key, customer_id bigint, note text);
    create table items (id bigint primary key, note text);

Unsafe (to 14, with a catalog)::

    create index concurrently on orders (note);

Unsafe (to 14, with a catalog)::

    reindex table concurrently orders;

Safe (with a catalog)::

    create index concurrently on orders (note);

Safe (to 14, with a catalog)::

    create index on orders (note);

Safe (to 13)::

    create index concurrently on orders (note);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._locking import is_concurrent
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.tables import CreateIndex
from probes.sql.tree.utility import Reindex

_FIRST_FAULTY, _FIRST_SOUND = 140000, 140004


@rule(
    "Concurrent build on a faulty release",
    area=Area.DATA,
    severity=Severity.CRITICAL,
    triggers=("CreateIndex&+lock", "Reindex"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag concurrent builds that the server may get wrong."""
    tree, catalog = step.tree, step.look.catalog
    if catalog is None or not _FIRST_FAULTY <= catalog.server.version_num < _FIRST_SOUND or step.effects.is_refused:
        return
    concurrent = tree.concurrent if isinstance(tree, CreateIndex) else isinstance(tree, Reindex) and is_concurrent(tree)
    if concurrent:
        yield Flag(message=f"PostgreSQL {catalog.server.version} may build the index without rows that belong into it")
