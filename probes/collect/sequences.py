"""How far sequences have run: the one question that opens every relation it asks about.

Before 18 each answer also keeps a ROW EXCLUSIVE lock on its sequence to the end of the transaction, and on all versions
the backend keeps two to three kilobytes a sequence until it ends.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from probes.catalog.rows import SequenceUse
from probes.catalog.server import Server
from probes.collect import build
from probes.collect.build import Raw
from probes.collect.queries import query
from probes.collect.session import QueryRefusedError, Session

_A_TRANSACTION = 500
_A_CONNECTION = 10_000
_NO_LASTING_LOCK_SINCE = 180000


def read_sequence_use(
    session: Session, connect: Callable[[], psycopg.Connection[Any]], server: Server, oids: list[int]
) -> tuple[SequenceUse, ...]:
    """How far each sequence has run; one that is locked or gone is unreadable.

    Args:
        session: The session that reads the rest.
        connect: Opens another connection, for each ten thousand where there are more than that.
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
                session = Session(stack.enter_context(connect()), session.limits)
            for position in range(0, len(part), many):
                found += _halving(session, text, part[position : position + many])
    return tuple(found)


def _halving(session: Session, text: str, oids: list[int]) -> Iterator[SequenceUse]:
    """The rows of a batch in a transaction of its own; halved until only the sequence at fault is left out."""
    try:
        with session.transaction(repeatable_read=False):
            columns, rows = session.query(text, {"oids": oids}, counted=False)
    except QueryRefusedError:
        if len(oids) == 1:
            yield SequenceUse(oids[0], None, readable=False)
        else:
            yield from _halving(session, text, oids[: len(oids) // 2])
            yield from _halving(session, text, oids[len(oids) // 2 :])
    else:
        yield from build.make(SequenceUse, Raw(columns, rows))
