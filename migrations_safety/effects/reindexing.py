"""REINDEX of an index, a table, a partitioned tree, a schema or a database."""

from __future__ import annotations

from collections.abc import Iterable

from migrations_safety.effects.model import Role, Wait
from migrations_safety.effects.run import AE, SHARE, SUE, Rel, Run
from probes.catalog.locks import LockMode
from probes.catalog.rows import PgClass, PgIndex
from probes.sql.tree.enums import ReindexKind
from probes.sql.tree.parts import DefElem
from probes.sql.tree.utility import Reindex

_PARTITIONED_SINCE = 14
_WHY = "REINDEX"


def is_on(options: Iterable[DefElem], name: str) -> bool:
    """Whether a boolean option is given and on."""
    return any(option.name == name and option.is_on for option in options)


def reindex(run: Run, statement: Reindex) -> None:
    """Work out REINDEX."""
    concurrent = is_on(statement.options, "concurrently")
    if concurrent:
        run.record.requires_no_transaction = True
        run.record.wait(Wait.WRITERS)
        run.record.wait(Wait.OLD_TRANSACTIONS)
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
        _named_index(run, relation, concurrent=concurrent)
    else:
        _named_table(run, relation, concurrent=concurrent)


def _mode(*, concurrent: bool) -> LockMode:
    return SUE if concurrent else SHARE


# ---- one index


def _named_index(run: Run, index: Rel, *, concurrent: bool) -> None:
    if not isinstance(index, PgIndex):
        run.refuse_if_known(index, "42809", f"{index.name} is not an index")
        run.lock(index, AE, Role.INDEX)
        run.record.build(run.ref(index), _WHY)
        run.describe(f"the table of {index.name}", _mode(concurrent=concurrent), Role.TARGET, _WHY)
        return
    table = run.world.one(PgClass, index.relation)
    if table is None:
        return
    if index.kind == "I":
        _partitioned_index(run, index, table, concurrent=concurrent)
        return
    run.lock(table, _mode(concurrent=concurrent), Role.MATERIALIZED_VIEW if table.kind == "m" else Role.TARGET)
    _rebuild(run, table, index, concurrent=concurrent)


def _partitioned_index(run: Run, index: PgIndex, table: PgClass, *, concurrent: bool) -> None:
    if run.major < _PARTITIONED_SINCE:
        run.refuse("0A000", "REINDEX is not yet implemented for partitioned indexes")
    run.record.requires_no_transaction = True
    run.lock(table, _mode(concurrent=concurrent), Role.TARGET)
    run.lock(index, SUE if concurrent else AE, Role.INDEX)
    for child in run.descendants(index.oid):
        run.lock(child, SHARE, Role.INDEX)
        below = run.world.one(PgClass, child.relation) if isinstance(child, PgIndex) else None
        if isinstance(child, PgIndex) and below is not None and child.kind == "i":
            run.lock(below, _mode(concurrent=concurrent), Role.PARTITION)
            _rebuild(run, below, child, concurrent=concurrent)


def _rebuild(run: Run, table: Rel, index: PgIndex, *, concurrent: bool) -> None:
    if concurrent and index.exclusion:
        run.refuse("0A000", "concurrent index creation for exclusion constraints is not supported")
    run.lock(index, AE, Role.INDEX)
    run.record.build(run.ref(index), _WHY)
    run.scan(table, f"index {index.name} is built again")
    if not index.valid:
        run.change(index, valid=True, ready=True)


# ---- all indexes of a table


def _named_table(run: Run, table: Rel, *, concurrent: bool) -> None:
    if table.kind not in {"r", "m", "p"} and not run.is_assumed(table):
        run.refuse("42809", f"{table.name} is not a table or materialized view")
    role = Role.MATERIALIZED_VIEW if table.kind == "m" else Role.TARGET
    run.lock(table, _mode(concurrent=concurrent), role)
    if run.is_assumed(table):
        if concurrent:
            run.describe(f"the partitions of {table.name}, if it has any", SHARE, Role.PARTITION, _WHY)
        run.scan(table, "its indexes are built again")
    elif table.kind == "p":
        _partitioned_table(run, table, concurrent=concurrent)
    else:
        _indexes_of(run, table, concurrent=concurrent)


def _partitioned_table(run: Run, table: Rel, *, concurrent: bool) -> None:
    if run.major < _PARTITIONED_SINCE:
        return
    run.record.requires_no_transaction = True
    for child in run.descendants(table.oid):
        run.lock(child, SHARE, Role.PARTITION)
        if child.kind in {"r", "m"}:
            _indexes_of(run, child, concurrent=concurrent)


def _indexes_of(run: Run, table: Rel, *, concurrent: bool) -> None:
    for index in run.indexes(table.oid):
        if concurrent and (index.exclusion or not index.valid):
            continue  # skipped with a warning
        _rebuild(run, table, index, concurrent=concurrent)


# ---- all tables of a schema or database


def _reindex_many(run: Run, statement: Reindex, *, concurrent: bool) -> None:
    run.record.requires_no_transaction = True
    if statement.kind is ReindexKind.SYSTEM:
        return
    schema = run.world.schema_oid(statement.name or "") if statement.kind is ReindexKind.SCHEMA else None
    if statement.kind is ReindexKind.SCHEMA and schema is None:
        if run.world.is_complete and not run.may_be_brought(f"schema {statement.name}"):
            run.refuse("3F000", f"schema {statement.name} does not exist")
        run.describe(f"every table of {statement.name}", _mode(concurrent=concurrent), Role.TARGET, _WHY)
        return
    if statement.kind is ReindexKind.DATABASE and statement.name not in (None, run.world.base.server.database):
        run.refuse("0A000", "can only reindex the currently open database")
    if not run.world.is_complete:
        run.describe("every table of the database", _mode(concurrent=concurrent), Role.TARGET, _WHY)
    for table in list(run.world.store(PgClass).all()):
        if table.kind in {"r", "m"} and schema in (None, table.namespace) and table.persistence != "t":
            run.lock(table, _mode(concurrent=concurrent), Role.TARGET)
            _indexes_of(run, table, concurrent=concurrent)
