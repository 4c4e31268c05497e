"""REINDEX, CLUSTER, VACUUM, ANALYZE, TRUNCATE, LOCK."""

from __future__ import annotations

from collections.abc import Iterable

from migrations_safety.effects import sequences
from migrations_safety.effects.model import ALWAYS, Role, Wait, When
from migrations_safety.effects.queries import view_sources
from migrations_safety.effects.run import AE, AS, NO_CATALOG, RE, ROWS, SHARE, SUE, Rel, Run
from probes.catalog.locks import LockMode
from probes.catalog.rows import PgClass, PgConstraint, PgIndex
from probes.sql.tree.atoms import RangeVar
from probes.sql.tree.enums import ReindexKind
from probes.sql.tree.parts import DefElem
from probes.sql.tree.tables import Truncate
from probes.sql.tree.utility import Cluster, Lock, Reindex, Vacuum

PARTITIONED_REINDEX_SINCE = 14
PARTITIONED_CLUSTER_SINCE = 15
_MODES = {mode.strength: mode for mode in LockMode}


def is_on(options: Iterable[DefElem], name: str) -> bool:
    """Whether a boolean option is given and on."""
    return any(option.name == name and option.is_on for option in options)


# ---- REINDEX


def reindex(run: Run, statement: Reindex) -> None:
    """Work out REINDEX."""
    concurrent = is_on(statement.options, "concurrently")
    if concurrent:
        run.record.requires_no_transaction = True
        run.record.wait(Wait.WRITERS)
        run.record.wait(Wait.TABLE_USERS)
    if statement.kind in (ReindexKind.SCHEMA, ReindexKind.DATABASE, ReindexKind.SYSTEM):
        _reindex_many(run, statement, concurrent=concurrent)
        return
    if statement.relation is None:
        return
    wants_index = statement.kind is ReindexKind.INDEX
    relation = run.relation(statement.relation, kind="i" if wants_index else "r")
    if relation is None:
        return
    if wants_index:
        _reindex_named_index(run, relation, concurrent=concurrent)
    else:
        _reindex_named_table(run, relation, concurrent=concurrent)


def _reindex_named_index(run: Run, index: Rel, *, concurrent: bool) -> None:
    if not isinstance(index, PgIndex):
        run.refuse_if_known(index, "42809", f"{index.name} is not an index")
        run.lock(index, SUE if concurrent else AE, Role.INDEX)
        run.record.build(run.ref(index), "REINDEX")
        run.record.assume(
            f"the table of index {index.name} is locked in {'SHARE UPDATE EXCLUSIVE' if concurrent else 'SHARE'} mode and read"
        )
        return
    table = run.world.one(PgClass, index.relation)
    if table is None:
        return
    if index.kind == "I":
        _partitioned_index(run, index, table, concurrent=concurrent)
        return
    run.lock(table, SUE if concurrent else SHARE, Role.TARGET)
    _rebuild(run, table, index, concurrent=concurrent)


def _partitioned_index(run: Run, index: PgIndex, table: PgClass, *, concurrent: bool) -> None:
    if run.major < PARTITIONED_REINDEX_SINCE:
        run.refuse("0A000", "REINDEX is not yet implemented for partitioned indexes")
    run.record.requires_no_transaction = True
    run.lock(table, SUE if concurrent else SHARE, Role.TARGET)
    run.lock(index, SUE if concurrent else AE, Role.INDEX)
    for child in run.descendants(index.oid):
        below = run.world.one(PgClass, child.relation) if isinstance(child, PgIndex) else None
        if isinstance(child, PgIndex) and below is not None and child.kind == "i":
            run.lock(below, SHARE, Role.PARTITION)
            _rebuild(run, below, child, concurrent=concurrent)


def _reindex_named_table(run: Run, table: Rel, *, concurrent: bool) -> None:
    if table.kind not in {"r", "m", "p"} and not run.is_assumed(table):
        run.refuse("42809", f"{table.name} is not a table or materialized view")
    role = Role.MATERIALIZED_VIEW if table.kind == "m" else Role.TARGET
    run.lock(table, SUE if concurrent else SHARE, role)
    if run.is_assumed(table):
        run.scan(table, "its indexes are built again")
        return
    if table.kind == "p":
        if run.major < PARTITIONED_REINDEX_SINCE:
            return
        run.record.requires_no_transaction = True
        for child in run.descendants(table.oid):
            if child.kind in {"r", "m"}:
                run.lock(child, SHARE, Role.PARTITION)
                _reindex_table(run, child, concurrent=concurrent)
        return
    _reindex_table(run, table, concurrent=concurrent)


def _reindex_table(run: Run, table: Rel, *, concurrent: bool) -> None:
    for index in run.indexes(table.oid):
        if concurrent and index.exclusion:
            continue
        _rebuild(run, table, index, concurrent=concurrent)


def _rebuild(run: Run, table: Rel, index: PgIndex, *, concurrent: bool) -> None:
    if concurrent and index.exclusion:
        run.refuse("0A000", "concurrent index creation for exclusion constraints is not supported")
    run.lock(index, SUE if concurrent else AE, Role.INDEX)
    run.record.build(run.ref(index), "REINDEX")
    run.scan(table, f"index {index.name} is built again")


def _reindex_many(run: Run, statement: Reindex, *, concurrent: bool) -> None:
    run.record.requires_no_transaction = True
    if statement.kind is ReindexKind.SYSTEM:
        return
    schema = run.world.schema_oid(statement.name or "") if statement.kind is ReindexKind.SCHEMA else None
    if statement.kind is ReindexKind.SCHEMA and schema is None:
        if run.world.is_complete:
            run.refuse("3F000", f"schema {statement.name} does not exist")
        run.record.assume(f"every table of {statement.name} is locked and read")
        return
    if statement.kind is ReindexKind.DATABASE and statement.name not in (None, run.world.base.server.database):
        run.refuse("0A000", "can only reindex the currently open database")
    if not run.world.is_complete:
        run.record.assume("every table of the database is locked and read")
    for table in list(run.world.store(PgClass).all()):
        if table.kind in {"r", "m"} and schema in (None, table.namespace) and table.persistence != "t":
            run.lock(table, SUE if concurrent else SHARE, Role.TARGET)
            _reindex_table(run, table, concurrent=concurrent)


# ---- CLUSTER


def cluster(run: Run, statement: Cluster) -> None:
    """Work out CLUSTER."""
    if statement.relation is None:
        run.record.requires_no_transaction = True
        for index in [index for index in run.world.store(PgIndex).all() if index.clustered]:
            table = run.world.one(PgClass, index.relation)
            if table is not None:
                run.lock(table, AE, Role.TARGET)
                rewrite_whole(run, table, "CLUSTER")
        return
    table = run.relation(statement.relation)
    if table is None:
        return
    run.lock(table, AE, Role.MATERIALIZED_VIEW if table.kind == "m" else Role.TARGET)
    if run.is_assumed(table) or not isinstance(table, PgClass):
        rewrite_whole(run, table, "CLUSTER")
        return
    if table.kind not in {"r", "m", "p"}:
        run.refuse("42809", f"{table.name} cannot be clustered")
    if table.kind == "p" and run.major < PARTITIONED_CLUSTER_SINCE:
        run.refuse("0A000", "cannot cluster a partitioned table")
    index = _cluster_index(run, table, statement.index_name)
    if table.kind == "p":
        _cluster_partitions(run, index)
        return
    run.lock(index, AE, Role.INDEX)
    if index.method not in {"btree", "gist"} or index.predicate is not None or not index.valid:
        run.refuse("0A000", f"cannot cluster on index {index.name}")
    rewrite_whole(run, table, "CLUSTER")
    for other in run.indexes(table.oid):
        if other.clustered != (other.oid == index.oid):
            run.change(other, clustered=other.oid == index.oid)


def _cluster_index(run: Run, table: PgClass, name: str | None) -> PgIndex:
    for index in run.indexes(table.oid):
        if index.name == name or (name is None and index.clustered):
            return index
    run.refuse("42704", f"there is no {'previously clustered ' if name is None else ''}index for table {table.name}")


def _cluster_partitions(run: Run, index: PgIndex) -> None:
    run.record.requires_no_transaction = True
    run.lock(index, AE, Role.INDEX)
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
    options = statement.options
    if statement.is_vacuum:
        run.record.requires_no_transaction = True
    full = statement.is_vacuum and is_on(options, "full")
    analyze = not statement.is_vacuum or is_on(options, "analyze")
    named = [found for one in statement.relations if one.relation and (found := _maintained(run, one.relation))]
    if not statement.relations:
        if not statement.is_vacuum and not run.in_transaction:
            pass
        named = [
            (row, True) for row in run.world.store(PgClass).all() if row.kind in {"r", "m"} and row.persistence != "t"
        ]
    for table, inherits in named:
        _vacuum_one(run, table, statement, full=full, analyze=analyze, inherits=inherits)


def _maintained(run: Run, named: RangeVar) -> tuple[Rel, bool] | None:
    relation = run.relation(named)
    return None if relation is None else (relation, named.inherits)


def _vacuum_one(run: Run, table: Rel, statement: Vacuum, *, full: bool, analyze: bool, inherits: bool) -> None:
    if table.kind not in {"r", "m", "p", "f"} and not run.is_assumed(table):
        return
    role = Role.MATERIALIZED_VIEW if table.kind == "m" else Role.TARGET
    tables: list[tuple[Rel, Role]] = [(table, role)]
    if table.kind == "p" and inherits:
        tables += [(child, Role.PARTITION) for child in run.descendants(table.oid)]
    for one, one_role in tables:
        if statement.is_vacuum:
            _vacuum_table(run, one, one_role, statement, full=full)
        if analyze:
            _analyze_table(run, one, one_role)


def _vacuum_table(run: Run, table: Rel, role: Role, statement: Vacuum, *, full: bool) -> None:
    if table.kind == "f":
        return
    run.lock(table, AE if full else SUE, role)
    if table.kind == "p":
        return
    if full:
        rewrite_whole(run, table, "VACUUM FULL")
        return
    if not any(option.name == "truncate" and not option.is_on for option in statement.options):
        run.lock(table, AE, role, ROWS)
    for index in run.indexes(table.oid):
        run.lock(index, RE, Role.INDEX)
    run.scan(table, "VACUUM", ROWS)


def _analyze_table(run: Run, table: Rel, role: Role) -> None:
    run.lock(table, SUE, role)
    for index in run.indexes(table.oid):
        run.lock(index, AS, Role.INDEX)
    for child in run.descendants(table.oid):
        run.lock(child, AS, run.child_role(child), ROWS)
    run.scan(table, "ANALYZE takes a sample", ROWS)


# ---- TRUNCATE


def truncate(run: Run, statement: Truncate) -> None:
    """Work out TRUNCATE."""
    chosen: dict[int, Rel] = {}
    for named in statement.relations:
        relation = run.relation(named)
        if relation is None:
            continue
        if relation.kind not in {"r", "p", "f"} and not run.is_assumed(relation):
            run.refuse("42809", f"{relation.name} is not a table")
        run.lock(relation, AE, Role.TARGET)
        chosen[relation.oid] = relation
        if named.inherits:
            _add_below(run, relation, chosen)
        elif relation.kind == "p":
            run.refuse("42809", "cannot truncate only a partitioned table")
    _follow_references(run, chosen, cascade=statement.cascade)
    for relation in chosen.values():
        _truncate_one(run, relation, restart=statement.restart_identity)


def _add_below(run: Run, relation: Rel, chosen: dict[int, Rel]) -> None:
    for child in run.descendants(relation.oid):
        run.lock(child, AE, run.child_role(child))
        chosen[child.oid] = child


def _follow_references(run: Run, chosen: dict[int, Rel], *, cascade: bool) -> None:
    waiting = list(chosen)
    while waiting:
        for key in run.world.where(PgConstraint, "referenced", waiting.pop()):
            user = run.world.relation(key.relation)
            if user is None or user.oid in chosen or key.kind != "f":
                continue
            if not cascade:
                run.refuse("0A000", f"table {user.name} references it")
            run.lock(user, AE, Role.CASCADE)
            chosen[user.oid] = user
            waiting.append(user.oid)
            before = set(chosen)
            _add_below(run, user, chosen)
            waiting.extend(set(chosen) - before)


def _truncate_one(run: Run, relation: Rel, *, restart: bool) -> None:
    when: When = ALWAYS if not run.is_assumed(relation) else NO_CATALOG
    if relation.kind == "r":
        run.rewrite(relation, "TRUNCATE gives it an empty file", when)
    for index in run.indexes(relation.oid) if relation.kind == "r" else ():
        run.lock(index, AE, Role.INDEX)
        run.record.build(run.ref(index), "TRUNCATE gives it an empty file")
    if restart:
        for column in run.columns(relation.oid):
            sequence = sequences.sequence_of(run, column)
            row = run.world.one(PgClass, sequence) if sequence is not None else None
            if row is not None:
                run.lock(row, AE, Role.SEQUENCE)


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
