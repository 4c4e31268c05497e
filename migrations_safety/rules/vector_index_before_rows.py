"""An IVFFlat index is built before there are rows.

What: CREATE INDEX ... USING ivfflat (pgvector) on a table that this deploy makes, or that is empty.

Why it matters: IVFFlat finds its lists by clustering the rows that exist when it is built. Built on nothing, the
lists mean nothing: searches look into the wrong ones and miss neighbours, without an error, until somebody rebuilds
it.

When it is harmless: The index is built anew after the rows have been loaded.

What to do: Load first, then build; or use HNSW, which needs no rows to begin with.

Known limits: Without a database only tables that the script makes are known to be empty.

Sources: https://github.com/pgvector/pgvector#ivfflat

Unsafe (without a catalog)::

    create table pictures (id bigint primary key, embedding text);
    create index on pictures using ivfflat (embedding);

Safe (without a catalog)::

    create table pictures (id bigint primary key, embedding text);
    create index on pictures using hnsw (embedding);

Safe (without a catalog)::

    create index concurrently on pictures using ivfflat (embedding);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.tables import CreateIndex


@rule(
    "IVFFlat index built on nothing",
    area=Area.DESIGN,
    severity=Severity.MEDIUM,
    triggers=("CreateIndex",),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag cluster indexes without anything to cluster."""
    tree = step.tree
    if not isinstance(tree, CreateIndex) or tree.access_method != "ivfflat":
        return
    table = step.look.relation(tree.relation)
    ref = step.look.run.ref(table) if table is not None else None
    if ref is not None and (not step.is_used_by_others(ref) or step.look.is_empty(ref)):
        yield Flag(message=f"the lists of an ivfflat index come from the rows there are, and {ref.name} has none yet")
