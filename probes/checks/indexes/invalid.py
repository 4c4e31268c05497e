"""Index that queries cannot use.

What: An index is marked invalid, not ready or not live: CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY failed or was
interrupted, or a partitioned index lacks its part on some partition.

Why it matters: No query reads it, yet most such indexes are maintained on every write. A broken unique index may refuse
rows although nobody relies on it. On a partitioned table the planner does have the parts, but a constraint or a foreign
key that wants the whole index cannot have it.

When it is harmless: While the build is still running; such indexes are left out.

How to fix it safely: Drop it concurrently, mend what made the build fail (the server's log names it: duplicate values,
an expression that raises, a cancelled session), and build it again. One that belongs to a constraint or to a
partitioned index is rebuilt in place. A partitioned index needs its missing parts built and attached; the server marks
it valid with the last one.

How it is decided: pg_index says indisvalid, indisready or indislive is false, and no row of
pg_stat_progress_create_index names the index now. Names that end in _ccnew or _ccold are leftovers of REINDEX
CONCURRENTLY.

Known limits: A build of another role is visible only with pg_read_all_stats; without it the index is reported as not
checked while such a build runs.

Sources: https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
https://www.postgresql.org/docs/current/sql-reindex.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Index
from probes.catalog.rows import PgAttribute, PgConstraint, PgIndex, PgInherits, Progress
from probes.check import Needs, Unchecked, check
from probes.checks._support.indexes import drop_fix
from probes.checks._support.refs import SCOPE, index_ref
from probes.finding import Advice, Fix, Observed, Severity

_LEFTOVER = re.compile(r"_cc(new|old)\d*\Z")


@check(
    title="Invalid index",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgIndex, PgInherits, Progress)),
    sources=(
        "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
        "https://www.postgresql.org/docs/current/sql-reindex.html",
    ),
    aliases=("indexes/build_in_progress",),
)
def invalid(catalog: Catalog, at: object) -> Iterator[Observed | Unchecked]:  # noqa: ARG001 - no thresholds
    """Yield each index that is not usable and not being built."""
    builds = [row for row in catalog.rows(Progress) if row.command == "create index"]
    building = {row.index for row in builds}
    hidden = any(not row.relation for row in builds)
    for index in catalog.indexes:
        if index.is_usable or index.oid in building:
            continue
        if hidden:
            yield Unchecked(
                index_ref(index), "another role is building an index, perhaps this one", "pg_read_all_stats"
            )
        elif index.is_partitioned:
            if not index.row.is_partition:
                yield _partitioned(index)
        else:
            yield _ordinary(index)


def _ordinary(index: Index) -> Observed:
    leftover = bool(_LEFTOVER.search(index.name))
    table = index.relation
    story = "is what REINDEX CONCURRENTLY left behind" if leftover else "is invalid: its build did not finish"
    return Observed(
        object=index_ref(index),
        message=f"index {index.name} of {table.qualified_name} {story}; no query uses it, writes may still pay for it",
        evidence={
            "is_valid": index.row.valid,
            "is_ready": index.row.ready,
            "is_live": index.row.live,
            "is_unique": index.row.unique,
            "index_bytes": index.bytes,
        },
        remedy=_fix(index),
    )


def _fix(index: Index) -> Fix:
    if index.constraint or index.row.is_partition:
        return Fix(
            sql=(f"reindex index concurrently {index.sql}",),
            changes=("pg_index", "pg_inherits", "pg_constraint"),
            transactional=False,
            note="It fails again where rows violate uniqueness: look for duplicates first.",
        )
    return drop_fix(index, "Build it again once the cause of the failure is mended, if it is still wanted.")


def _partitioned(index: Index) -> Observed:
    table = index.relation
    attached = {child.row.relation for child in index.children if child.is_usable}
    missing = tuple(sorted(child.qualified_name for child in table.children if child.oid not in attached))
    return Observed(
        object=index_ref(index),
        message=(
            f"partitioned index {index.name} of {table.qualified_name} is invalid: {len(missing)} of its partitions "
            "have no valid part of it"
        ),
        evidence={"partitions_without_it": missing[:10], "partitions_without_it_count": len(missing)},
        remedy=Advice(
            "On each partition named, create the same index concurrently (pg_get_indexdef shows it) and attach it with "
            "ALTER INDEX ... ATTACH PARTITION; the last one makes it valid. Partitions differ in size and traffic, so "
            "when each is built is a choice that no script can make."
        ),
    )
