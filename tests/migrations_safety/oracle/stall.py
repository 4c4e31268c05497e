"""Stopping a statement at each lock it asks for, and reading what it holds and wants.

Every relation is locked by a blocker of its own. The statement stops at the first; what it holds and awaits is read; a
second blocker is put into the queue behind it, and the first lets go. So a statement that commits on its way and comes
back for the same relation is stopped again.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import Connection, pq

from tests.migrations_safety.oracle.model import Case
from tests.migrations_safety.oracle.observe import Relation, locks, named, picture

POLL_SECONDS = 0.002
PATIENCE_SECONDS = 30.0
RETURNS_PER_RELATION = 8

WAITING = """
select l.locktype, pg_catalog.pg_blocking_pids(l.pid)
from pg_catalog.pg_locks as l
where l.pid = %s and not l.granted
"""


class StuckError(AssertionError):
    """A stalled statement neither ended nor stopped at a lock of ours."""


class Blocker:
    """A session that holds, or waits for, an ACCESS EXCLUSIVE lock on one relation."""

    def __init__(self, dsn: str, relation: Relation) -> None:
        self.relation = relation
        self.connection = psycopg.connect(dsn, autocommit=True)
        self.connection.pgconn.send_query(f"begin; {lock_sql(relation)}".encode())

    @property
    def pid(self) -> int:
        """Return the backend's process ID."""
        return self.connection.info.backend_pid

    def wait(self) -> None:
        """Return once the lock is held."""
        drain(self.connection)

    def release(self) -> None:
        """Give up the lock, or the place in the queue. The backend is gone when this returns or soon after."""
        self.connection.cancel_safe()
        self.connection.close()


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
    """Return every lock the statements were seen holding or awaiting, stopped at each relation."""
    with psycopg.connect(dsn, autocommit=True) as monitor, psycopg.connect(dsn, autocommit=True) as runner:
        before = picture(monitor)
        seen: set[tuple[int, str]] = set()
        for statement in case.statements:
            with _blocked(dsn, before.relations) as blockers:
                runner.pgconn.send_query(statement.encode())
                for stop in _stops(dsn, monitor, runner, blockers):
                    seen.update(stop)
    return named(before, seen)


def stalled_locks_inside(dsn: str, case: Case) -> dict[str, frozenset[str]]:
    """Return the locks seen when the statements, in one transaction that is rolled back, are stopped at each."""
    with psycopg.connect(dsn, autocommit=True) as monitor, psycopg.connect(dsn, autocommit=True) as runner:
        before = picture(monitor)
        seen: set[tuple[int, str]] = set()
        runner.execute("begin")
        with _blocked(dsn, before.relations) as blockers:
            for statement in case.statements:
                runner.pgconn.send_query(statement.encode())
                for stop in _stops(dsn, monitor, runner, blockers, come_back=False):
                    seen.update(stop)
        runner.execute("rollback")
    return named(before, seen)


@contextmanager
def _blocked(dsn: str, relations: tuple[Relation, ...]) -> Iterator[dict[int, Blocker]]:
    blockers: dict[int, Blocker] = {}
    try:
        for relation in relations:
            blocker = Blocker(dsn, relation)
            blocker.wait()
            blockers[blocker.pid] = blocker
        yield blockers
    finally:
        for blocker in blockers.values():
            blocker.release()


def _stops(
    dsn: str, monitor: Connection, runner: Connection, blockers: dict[int, Blocker], *, come_back: bool = True
) -> Iterator[list[tuple[int, str]]]:
    """Yield the locks at each stop, letting the statement go on after each.

    With `come_back` a further blocker waits behind it, for the next time it asks for the same relation.
    """
    pid = runner.info.backend_pid
    returns: dict[str, int] = {}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not finished(runner):
        if time.monotonic() > deadline:
            raise StuckError(str(locks(monitor, pid)))
        waiting = monitor.execute(WAITING, (pid,)).fetchone()
        ours = [blockers[by] for by in waiting[1] if by in blockers] if waiting else []
        if waiting is None or not ours:
            time.sleep(POLL_SECONDS)
            continue
        yield locks(monitor, pid)
        for blocker in ours:
            count = returns[blocker.relation.name] = returns.get(blocker.relation.name, 0) + 1
            if come_back and waiting[0] == "relation" and count < RETURNS_PER_RELATION:
                _queue(dsn, monitor, blockers, blocker.relation)
            del blockers[blocker.pid]
            blocker.release()


def _queue(dsn: str, monitor: Connection, blockers: dict[int, Blocker], relation: Relation) -> None:
    """Put another blocker into the queue behind the statement."""
    following = Blocker(dsn, relation)
    blockers[following.pid] = following
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
