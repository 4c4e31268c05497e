"""Stopping a statement at each lock it asks for, and reading what it holds and wants.

Every relation is locked by a blocker of its own. The statement stops at the first; what it holds and awaits is read; a
second blocker is put into the queue behind it, and the first lets go. So a statement that commits on its way and comes
back for the same relation is stopped again.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import Connection, pq

from tests.migrations_safety.oracle.model import Case
from tests.migrations_safety.oracle.observe import Relation, locks, named, picture
from tests.migrations_safety.oracle.planner import planner_settings

POLL_SECONDS = 0.002
PATIENCE_SECONDS = 30.0
RETURNS_PER_RELATION = 8

WAITING = """
select l.locktype, pg_catalog.pg_blocking_pids(l.pid)
from pg_catalog.pg_locks as l
where l.pid = %s and not l.granted
"""


TERMINATE = "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.unnest(%s::int4[]) as pid"


class StuckError(AssertionError):
    """A stalled statement neither ended nor stopped at a lock of ours."""


class Blocker:
    """A session that holds, or waits for, an ACCESS EXCLUSIVE lock on one relation."""

    def __init__(self, connection: Connection, relation: Relation) -> None:
        self.relation = relation
        self.connection = connection
        self.pid = connection.info.backend_pid
        connection.pgconn.send_query(f"begin; {lock_sql(relation)}".encode())

    def holds(self) -> bool:
        """Return whether the lock is held, as far as the server has told."""
        self.connection.pgconn.consume_input()
        if self.connection.pgconn.is_busy():
            return False
        drain(self.connection)
        return True


class Blockade:
    """The blockers of one database; a session that has let go blocks again elsewhere."""

    def __init__(self, dsn: str, monitor: Connection) -> None:
        self.blockers: dict[int, Blocker] = {}
        self._dsn = dsn
        self._monitor = monitor
        self._idle: list[Connection] = []

    def block(self, relation: Relation) -> Blocker:
        """Ask for the lock on a relation and return without waiting for it."""
        connection = self._idle.pop() if self._idle else psycopg.connect(self._dsn, autocommit=True)
        blocker = Blocker(connection, relation)
        self.blockers[blocker.pid] = blocker
        return blocker

    def release(self, blocker: Blocker) -> None:
        """Give up a lock, or the place in the queue for it."""
        del self.blockers[blocker.pid]
        if blocker.holds():
            blocker.connection.execute("rollback")
            self._idle.append(blocker.connection)
        else:
            self._monitor.execute(TERMINATE, ([blocker.pid],))
            blocker.connection.close()

    def close(self) -> None:
        """End every session."""
        self._monitor.execute(TERMINATE, (list(self.blockers),))
        for connection in [*self._idle, *(blocker.connection for blocker in self.blockers.values())]:
            connection.close()


def lock_sql(relation: Relation) -> str:
    """Return a statement that locks the relation alone, and changes nothing."""
    schema, _, name = relation.name.partition(".")
    target = f'"{schema}"."{name}"'
    if relation.kind in "rpv":
        return f"lock table only {target} in access exclusive mode" if relation.kind != "v" else _owner(target)
    return f"alter index {target} set tablespace pg_default" if relation.is_index else _owner(target)


def _owner(target: str) -> str:
    return f"alter table {target} owner to current_user"


def drain(connection: Connection) -> None:
    """Read what the server answers until it is ready for the next query."""
    while connection.pgconn.get_result() is not None:
        pass


def stalled_locks(dsn: str, case: Case) -> dict[str, frozenset[str]]:
    """Return every lock that the statements, each by itself, were seen holding or awaiting when stopped."""
    with psycopg.connect(dsn, autocommit=True) as monitor, psycopg.connect(dsn, autocommit=True) as runner:
        before = picture(monitor)
        seen: set[tuple[int, str]] = set()
        runner.execute(planner_settings(case.statements))
        for statement in case.statements:
            with _blocked(dsn, monitor, before.relations) as blockade:
                runner.pgconn.send_query(statement.encode())
                for stop in _stops(monitor, runner, blockade):
                    seen.update(stop)
    return named(before, seen)


def stalled_locks_inside(dsn: str, case: Case) -> dict[str, frozenset[str]]:
    """Return the locks seen when the statements, in one transaction that is rolled back, are stopped at each."""
    with psycopg.connect(dsn, autocommit=True) as monitor, psycopg.connect(dsn, autocommit=True) as runner:
        before = picture(monitor)
        seen: set[tuple[int, str]] = set()
        runner.execute(planner_settings(case.statements))
        runner.execute("begin")
        with _blocked(dsn, monitor, before.relations) as blockade:
            for statement in case.statements:
                runner.pgconn.send_query(statement.encode())
                for stop in _stops(monitor, runner, blockade, come_back=False):
                    seen.update(stop)
        runner.execute("rollback")
    return named(before, seen)


@contextmanager
def _blocked(dsn: str, monitor: Connection, relations: tuple[Relation, ...]) -> Iterator[Blockade]:
    blockade = Blockade(dsn, monitor)
    try:
        for relation in relations:
            drain(blockade.block(relation).connection)
        yield blockade
    finally:
        blockade.close()


def _stops(
    monitor: Connection, runner: Connection, blockade: Blockade, *, come_back: bool = True
) -> Iterator[list[tuple[int, str]]]:
    """Yield the locks at each stop, letting the statement go on after each.

    With `come_back` a further blocker waits behind it, for the next time it asks for the same relation.
    """
    pid = runner.info.backend_pid
    returns: Counter[str] = Counter()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not finished(runner):
        if time.monotonic() > deadline:
            raise StuckError(str(locks(monitor, pid)))
        waiting = monitor.execute(WAITING, (pid,)).fetchone()
        ours = [blockade.blockers[by] for by in waiting[1] if by in blockade.blockers] if waiting else []
        if waiting is None or not ours:
            time.sleep(POLL_SECONDS)
            continue
        yield locks(monitor, pid)
        for blocker in ours:
            returns[blocker.relation.name] += 1
            if come_back and waiting[0] == "relation" and returns[blocker.relation.name] < RETURNS_PER_RELATION:
                _queue(monitor, blockade, blocker.relation)
            blockade.release(blocker)


def _queue(monitor: Connection, blockade: Blockade, relation: Relation) -> None:
    """Put another blocker into the queue behind the statement."""
    following = blockade.block(relation)
    while monitor.execute(WAITING, (following.pid,)).fetchone() is None:
        time.sleep(POLL_SECONDS)


def finished(runner: Connection) -> bool:
    """Return whether the statement is over, after reading its results."""
    runner.pgconn.consume_input()
    if runner.pgconn.is_busy():
        return False
    while (result := runner.pgconn.get_result()) is not None:
        if result.status == pq.ExecStatus.FATAL_ERROR:
            raise StuckError(result.error_message.decode())
        if runner.pgconn.is_busy():
            return False
    return True
