"""Measuring statements that commit by themselves: once undisturbed, once stalled at each lock they take."""

from dataclasses import replace

import psycopg

from tests.migrations_safety.oracle.coverage import nodes_of
from tests.migrations_safety.oracle.inside import ACCESS_EXCLUSIVE, Session, refusal, verified
from tests.migrations_safety.oracle.model import Case, Measurement
from tests.migrations_safety.oracle.observe import Picture, built, named, picture, rewritten, scanned
from tests.migrations_safety.oracle.planner import planner_settings
from tests.migrations_safety.oracle.server import Databases
from tests.migrations_safety.oracle.stall import stalled_locks
from tests.migrations_safety.oracle.wal import access_exclusive_since, position

TRIES = 5
REPEATABLE = frozenset({"VacuumStmt", "ReindexStmt", "ClusterStmt"})
MARKER_OID = 2612
MARKER = "select 1 from pg_catalog.pg_language"
MARKER_SCANS = f"select pg_catalog.pg_stat_get_xact_numscans({MARKER_OID})"


class FlushedError(AssertionError):
    """The backend sent its counters away while we looked."""


def measure_outside(databases: Databases, case: Case, *, requires_no_transaction: bool) -> Measurement:
    """Return what a statement does by itself. Locks are those of every stop, and the log's ACCESS EXCLUSIVE ones."""
    for attempt in range(TRIES):
        dsn = databases.create(case.world)
        try:
            calm = replace(_undisturbed(dsn, case), requires_no_transaction=requires_no_transaction)
            return calm if calm.refused else calm.with_locks(_stalled(databases, dsn, case))
        except FlushedError:
            if attempt == TRIES - 1:
                raise
        finally:
            databases.undo(case)
            databases.drop(dsn)
    raise AssertionError(case.name)


def _stalled(databases: Databases, dsn: str, case: Case) -> dict[str, frozenset[str]]:
    """Return the locks of every stop, in a new database unless the first run has changed nothing that matters."""
    if all(nodes_of(statement) <= REPEATABLE for statement in case.statements):
        return stalled_locks(dsn, case)
    databases.undo(case)
    again = databases.create(case.world)
    try:
        return stalled_locks(again, case)
    finally:
        databases.drop(again)


def _undisturbed(dsn: str, case: Case) -> Measurement:
    session = Session(dsn)
    try:
        return _run(session, case)
    finally:
        session.close()


def _run(session: Session, case: Case) -> Measurement:
    connection = session.connection
    before = picture(connection)
    start = position(connection)
    connection.execute(planner_settings(case.statements))
    connection.execute("set client_min_messages = debug1")
    connection.execute(MARKER)
    for index, statement in enumerate(case.statements):
        try:
            connection.execute(statement.encode())
        except psycopg.Error as error:
            return refusal(error, index)
    marker = connection.execute(MARKER_SCANS).fetchone()
    after = picture(connection)
    if marker is None or not marker[0]:
        raise FlushedError(case.name)
    return _effects(session, before, after, start)


def _effects(session: Session, before: Picture, after: Picture, start: int) -> Measurement:
    sequential, by_index = scanned(before, after)
    exclusive = access_exclusive_since(session.connection, start)
    return Measurement(
        locks=named(before, [(oid, ACCESS_EXCLUSIVE) for oid in exclusive]),
        rewrites=rewritten(before, after),
        scans=sequential | verified(before, session.messages),
        index_scans=by_index - sequential,
        builds=built(before, after),
    )
