"""How far sequences have run: the one question that opens every relation it asks about.

Before 18 each answer also keeps a ROW EXCLUSIVE lock on its sequence to the end of the transaction, and on all versions
the backend keeps two to three kilobytes a sequence until it ends.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from probes.catalog.catalog import Absent
from probes.catalog.locks import LockMode
from probes.catalog.rows import SequenceUse
from probes.catalog.server import Server
from probes.collect import build
from probes.collect.build import Raw
from probes.collect.locked import locked_relations
from probes.collect.queries import query
from probes.collect.session import ConnectionLostError, LockedOutError, QueryRefusedError, Session

_A_TRANSACTION = 500
_A_CONNECTION = 10_000
_NO_LASTING_LOCK_SINCE = 180000


def read_sequence_use(
    session: Session, connect: Callable[[], psycopg.Connection[Any]], server: Server, oids: list[int]
) -> tuple[SequenceUse, ...] | Absent:
    """How far each sequence has run; one that is locked or gone is unreadable.

    Args:
        session: The session that reads the rest.
        connect: Opens another connection, for each ten thousand where there are more than that. Its
            ConnectionLostError leaves the area unread: on one connection the backend would grow with their number.
        server: The server.
        oids: The sequences.
    """
    many = _A_CONNECTION if server.version_num >= _NO_LASTING_LOCK_SINCE else _A_TRANSACTION
    text = query(SequenceUse.area, server.major)
    session.statements += bool(oids)
    found: list[SequenceUse] = []
    for start in range(0, len(oids), _A_CONNECTION):
        part = oids[start : start + _A_CONNECTION]
        with contextlib.ExitStack() as stack:
            if len(oids) > _A_CONNECTION:  # on top of what the first backend remembers of so many relations
                try:
                    session = Session(stack.enter_context(connect()), session.limits)
                except ConnectionLostError as lost:
                    return Absent(f"{len(oids):,} sequences take a second connection: {lost}", "a second connection")
            for position in range(0, len(part), many):
                found += _read(session, text, part[position : position + many])
    return tuple(found)


def _read(session: Session, text: str, oids: list[int]) -> Iterator[SequenceUse]:
    """The rows of a batch in a transaction of its own; where one is at fault, of those that are not locked then."""
    if not oids:
        return
    try:
        with session.transaction(repeatable_read=False):
            columns, rows = session.query(text, {"oids": oids}, counted=False)
    except LockedOutError:
        with session.transaction(repeatable_read=False):
            locked = locked_relations(session, LockMode.ROW_EXCLUSIVE).intersection(oids)
        yield from (SequenceUse(oid, None, readable=False) for oid in locked)
        free = [oid for oid in oids if oid not in locked]
        yield from _read(session, text, free) if locked else _halved(session, text, free)
    except QueryRefusedError:
        yield from _halved(session, text, oids)
    else:
        yield from build.make(SequenceUse, Raw(columns, rows))


def _halved(session: Session, text: str, oids: list[int]) -> Iterator[SequenceUse]:
    middle = len(oids) // 2
    if middle == 0:
        yield from (SequenceUse(oid, None, readable=False) for oid in oids)
    else:
        yield from _read(session, text, oids[:middle])
        yield from _read(session, text, oids[middle:])
