"""An index is left to be named by the server.

What: CREATE INDEX without a name.

Why it matters: The server makes the name up and counts on where it is taken: run again after a failure,
orders_total_idx1 appears beside the invalid orders_total_idx, and both are kept up by every write. A later migration
that drops the index has to guess what it is called in this database.

When it is harmless: It is on a table that the same migration makes, and nobody will name it.

What to do: Name it.

Known limits: Indexes behind constraints are left out: their names come from the constraint's.

Sources: https://www.postgresql.org/docs/current/sql-createindex.html

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    create index concurrently on orders (total);

Safe::

    create index concurrently orders_total_idx on orders (total);

Safe::

    create table notes (id bigint primary key, day date);
    create index on notes (day);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.tables import CreateIndex


@rule(
    "Index without a name",
    area=Area.STYLE,
    severity=Severity.INFO,
    triggers=("CreateIndex",),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag indexes without a name on tables in use."""
    tree = step.tree
    if not isinstance(tree, CreateIndex) or tree.name is not None or step.effects.is_refused:
        return
    if any(step.is_used_by_others(lock.relation) for lock in step.effects.locks):
        yield Flag(message=f"each try makes another index on {tree.relation.name}, named by the server")
