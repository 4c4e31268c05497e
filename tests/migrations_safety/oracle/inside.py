"""Measuring statements inside one transaction, which is then rolled back."""

import re
from collections.abc import Sequence

import psycopg
from psycopg import Connection
from psycopg.errors import Diagnostic

from tests.migrations_safety.oracle.model import Measurement
from tests.migrations_safety.oracle.observe import Picture, built, locks, named, picture, rewritten, scanned
from tests.migrations_safety.oracle.planner import planner_settings
from tests.migrations_safety.oracle.wal import access_exclusive_since, position

NEEDS_NO_TRANSACTION = "25001"
ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"
TABLE_MESSAGE = re.compile(r'^(?:verifying|rewriting) table "(.+)"$')
FOREIGN_KEY_MESSAGE = re.compile(r'^validating foreign key constraint "(.+)"$')


class Session:
    """An autocommit connection that keeps the server's debug messages."""

    def __init__(self, dsn: str) -> None:
        self.connection = psycopg.connect(dsn, autocommit=True, prepare_threshold=None)
        self.messages: list[str] = []
        self.connection.add_notice_handler(self._keep)

    def _keep(self, notice: Diagnostic) -> None:
        self.messages.append(notice.message_primary or "")

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def measure_inside(session: Session, statements: Sequence[str]) -> Measurement:
    """Return what the statements do, executed in one transaction that is rolled back.

    Locks are those held at the end, and those of the log: an ACCESS EXCLUSIVE lock that is given back before the end
    counts too. A weaker one that is given back is not seen here.
    """
    connection = session.connection
    connection.execute(planner_settings(statements))
    start = position(connection)
    connection.execute("begin")
    try:
        before = picture(connection)
        found = _measure(session, before, statements)
    finally:
        connection.execute("rollback")
    if found.refused is not None:
        return found
    exclusive = access_exclusive_since(connection, start)
    return found.with_locks(named(before, [(oid, ACCESS_EXCLUSIVE) for oid in exclusive]))


def _measure(session: Session, before: Picture, statements: Sequence[str]) -> Measurement:
    connection = session.connection
    connection.execute("set local client_min_messages = debug1")
    session.messages.clear()
    for index, statement in enumerate(statements):
        try:
            connection.execute(statement.encode())
        except psycopg.Error as error:
            return refusal(error, index)
    return effects(connection, before, session.messages)


def refusal(error: psycopg.Error, index: int) -> Measurement:
    """Return the measurement of statements of which one was refused."""
    return Measurement(
        refused=error.sqlstate, refused_at=index, requires_no_transaction=error.sqlstate == NEEDS_NO_TRANSACTION
    )


def effects(connection: Connection, before: Picture, messages: Sequence[str]) -> Measurement:
    """Return what has happened in the running transaction since the picture."""
    found = locks(connection, connection.info.backend_pid)
    after = picture(connection)
    sequential, by_index = scanned(before, after)
    if any(FOREIGN_KEY_MESSAGE.match(message) for message in messages):
        # Which of the two plans validates is the planner's choice; either reads everything.
        sequential, by_index = sequential | by_index, frozenset()
    return Measurement(
        locks=named(before, found),
        rewrites=rewritten(before, after),
        scans=sequential | verified(before, messages),
        index_scans=by_index - sequential,
        builds=built(before, after),
    )


def verified(before: Picture, messages: Sequence[str]) -> frozenset[str]:
    """Return the tables that ALTER TABLE says it reads, among those that existed."""
    said = {match[1] for message in messages if (match := TABLE_MESSAGE.match(message))}
    return frozenset(
        relation.name
        for relation in before.relations
        if relation.kind in "rm" and relation.name.partition(".")[2] in said
    )
