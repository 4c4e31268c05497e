"""CLUSTER, VACUUM, ANALYZE, LOCK."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Conditional, Reason, Role
from migrations_safety.effects.queries import view_sources
from migrations_safety.effects.reindexing import is_on
from migrations_safety.effects.run import AE, AS, RE, SUE, Rel, Run
from probes.catalog.locks import LockMode
from probes.catalog.rows import PgClass, PgIndex
from probes.sql.tree.utility import Cluster, Lock, Vacuum

_PARTITIONED_CLUSTER_SINCE = 15
_INHERITANCE_CHILDREN_SINCE = 18
_MODES = {mode.strength: mode for mode in LockMode}
_TRUNCATES = Conditional(Reason.ROWS_PRESENT, "when it gives back empty pages at the end of the table")
_READS = Conditional(Reason.ROWS_PRESENT, "pages changed since the last VACUUM are read")
_SAMPLES = Conditional(Reason.ROWS_PRESENT, "a sample of the pages is read")
_BY_WRAPPER = Conditional(Reason.FUNCTION_BODY, "the foreign data wrapper decides")


# ---- CLUSTER


def cluster(run: Run, statement: Cluster) -> None:
    """Work out CLUSTER."""
    if statement.relation is None:
        _cluster_all(run)
        return
    table = run.relation(statement.relation)
    if table is None:
        return
    run.lock(table, AE, Role.MATERIALIZED_VIEW if table.kind == "m" else Role.TARGET)
    if run.is_assumed(table):
        rewrite_whole(run, table, "CLUSTER")
    elif not isinstance(table, PgClass) or table.kind not in {"r", "m", "p"}:
        run.refuse("42809", f"{table.name} cannot be clustered")
    elif table.kind == "p" and run.major < _PARTITIONED_CLUSTER_SINCE:
        run.refuse("0A000", "cannot cluster a partitioned table")
    elif table.kind == "p":
        _cluster_partitions(run, _cluster_index(run, table, statement.index_name))
    else:
        _cluster_table(run, table, _cluster_index(run, table, statement.index_name))


def _cluster_all(run: Run) -> None:
    run.record.requires_no_transaction = True
    if not run.world.is_complete:
        run.describe("every table that was clustered before", AE, Role.TARGET, "CLUSTER")
    for index in [index for index in run.world.store(PgIndex).all() if index.clustered]:
        table = run.world.one(PgClass, index.relation)
        if table is not None:
            run.lock(table, AE, Role.TARGET)
            rewrite_whole(run, table, "CLUSTER")


def _cluster_table(run: Run, table: PgClass, index: PgIndex) -> None:
    run.lock(index, AE, Role.INDEX)
    if index.method not in {"btree", "gist"} or index.predicate is not None or not index.valid:
        run.refuse("0A000", f"cannot cluster on index {index.name}")
    rewrite_whole(run, table, "CLUSTER")
    for other in run.indexes(table.oid):
        if other.clustered != (other.oid == index.oid):
            run.change(other, clustered=other.oid == index.oid)


def _cluster_index(run: Run, table: PgClass, name: str | None) -> PgIndex:
    found = next((one for one in run.indexes(table.oid) if (one.clustered if name is None else one.name == name)), None)
    if found is None:
        run.refuse("42704", f"{name or 'a clustered index'} of table {table.name} does not exist")
    return found


def _cluster_partitions(run: Run, index: PgIndex) -> None:
    run.record.requires_no_transaction = True
    run.lock(index, AS, Role.INDEX)
    for child in run.descendants(index.oid):
        below = run.world.one(PgClass, child.relation) if isinstance(child, PgIndex) else None
        if below is not None and below.kind == "r":
            run.lock(below, AE, Role.PARTITION)
            run.lock(child, AE, Role.INDEX)
            rewrite_whole(run, below, "CLUSTER")


def rewrite_whole(run: Run, table: Rel, why: str) -> None:
    """A table is written anew with all its indexes."""
    run.rewrite(table, why)
    run.scan(table, why)
    for index in run.indexes(table.oid):
        run.lock(index, AE, Role.INDEX)
        run.record.build(run.ref(index), why)


# ---- VACUUM, ANALYZE


def vacuum(run: Run, statement: Vacuum) -> None:
    """Work out VACUUM and ANALYZE."""
    if statement.is_vacuum:
        run.record.requires_no_transaction = True
    tables = list(_named(run, statement)) if statement.relations else _every_table(run)
    for table, role in tables:
        if statement.is_vacuum:
            _vacuum_one(run, table, role, statement)
        if not statement.is_vacuum or is_on(statement.options, "analyze"):
            _analyze_one(run, table, role, statement)


def _named(run: Run, statement: Vacuum) -> Iterator[tuple[Rel, Role]]:
    for one in statement.relations:
        relation = run.relation(one.relation) if one.relation else None
        if relation is None or one.relation is None:
            continue
        yield relation, Role.MATERIALIZED_VIEW if relation.kind == "m" else Role.TARGET
        if one.relation.inherits and (relation.kind == "p" or run.major >= _INHERITANCE_CHILDREN_SINCE):
            yield from ((child, run.child_role(child)) for child in run.descendants(relation.oid))


def _every_table(run: Run) -> list[tuple[Rel, Role]]:
    if not run.world.is_complete:
        run.record.assume("every table of the database is visited")
    rows = list(run.world.store(PgClass).all())
    return [(row, Role.TARGET) for row in rows if row.kind in {"r", "m", "p"} and row.persistence != "t"]


def _vacuum_one(run: Run, table: Rel, role: Role, statement: Vacuum) -> None:
    """Other kinds of relations are skipped with a warning, once they are locked."""
    full = is_on(statement.options, "full")
    run.lock(table, AE if full else SUE, role)
    if table.kind not in {"r", "m"}:
        return
    if full:
        rewrite_whole(run, table, "VACUUM FULL")
        return
    if not any(option.name == "truncate" and not option.is_on for option in statement.options):
        run.lock(table, AE, role, _TRUNCATES, is_short=True)
    for index in run.indexes(table.oid):
        run.lock(index, RE, Role.INDEX)
    run.scan(table, "VACUUM", _READS)


def _analyze_one(run: Run, table: Rel, role: Role, statement: Vacuum) -> None:
    if table.kind not in {"r", "m", "p", "f"}:
        return
    if table.kind == "f":
        run.record.may_refuse("55000", f"the wrapper of {table.name} may not be able to", _BY_WRAPPER)
    run.lock(table, SUE, role)
    for index in run.indexes(table.oid) if table.kind != "p" else ():
        run.lock(index, AS, Role.INDEX)
    for child in run.descendants(table.oid) if statement.relations else ():
        if child.kind != "p":
            run.lock(child, AS, run.child_role(child))
    run.scan(table, "ANALYZE", _SAMPLES)


# ---- LOCK


def lock_table(run: Run, statement: Lock) -> None:
    """Work out LOCK TABLE."""
    mode = _MODES[statement.mode]
    for named in statement.relations:
        relation = run.relation(named)
        if relation is None:
            continue
        if relation.kind not in {"r", "p", "v"} and not run.is_assumed(relation):
            run.refuse("42809", f"cannot lock relation {relation.name}")
        run.lock(relation, mode, Role.VIEW if relation.kind == "v" else Role.TARGET)
        if relation.kind == "v":
            _lock_view(run, relation, mode, frozenset())
        elif named.inherits:
            for child in run.descendants(relation.oid):
                run.lock(child, mode, run.child_role(child))


def _lock_view(run: Run, view: Rel, mode: LockMode, seen: frozenset[int]) -> None:
    for oid in view_sources(run, view.oid):
        source = run.world.relation(oid)
        if source is None or oid in seen or source.kind not in {"r", "p", "v"}:
            continue
        run.lock(source, mode, Role.VIEW if source.kind == "v" else Role.SOURCE)
        if source.kind == "v":
            _lock_view(run, source, mode, seen | {view.oid})
        else:
            for child in run.descendants(source.oid):
                run.lock(child, mode, run.child_role(child))
