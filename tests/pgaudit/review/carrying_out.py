"""Doing what a review says, on the database that it was written of: each change as it is printed, in its order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from pgaudit.review.backends.offline.desk import Desk
from pgaudit.review.backends.offline.entries import change_entries
from pgaudit.review.backends.offline.validation import validation_queries
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.documents.authority import Query
from pgaudit.review.evidence.records import Pack
from pgaudit.review.layout.parts import runnable

_ATTEMPTS = 5
"""How often a change is begun again where a lock is not had in time: autovacuum gives way after a second."""
Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """Evidence before and after, and what went wrong on the way."""

    before: Pack
    after: Pack
    refused: dict[int, str]
    """What the server said, by number of the change that it refused."""
    answers: list[tuple[Query, str]]
    """What each validation query gave once all changes had run."""
    stuck: dict[int, str]
    """What the server said of ways back, taken in the opposite order."""


def carry_out(pack: Pack, dsn: str) -> tuple[dict[int, str], list[tuple[Query, str]]]:
    """Run the plan of a review, then its validation queries."""
    desk = Desk(pack, decide(pack))
    refused: dict[int, str] = {}
    with psycopg.connect(dsn, autocommit=True) as connection:
        for change in change_entries(desk):
            said = _run(connection, runnable(change))
            if said:
                refused[change.number] = said
        queries = validation_queries(desk, desk.decisions.changes)
        return refused, [(query, _answer(connection, query.sql)) for query in queries]


def carry_back(pack: Pack, dsn: str) -> dict[int, str]:
    """Run the ways back, that of the last change first."""
    stuck: dict[int, str] = {}
    with psycopg.connect(dsn, autocommit=True) as connection:
        for change in reversed(decide(pack).changes):
            said = _run(connection, list(change.change.rollback))
            if said:
                stuck[change.number] = said
    return stuck


def _run(connection: Connection, statements: list[str]) -> str:
    """What the server refused, if it did; where a lock was not had in time it is tried again, as the review says."""
    done, refused = 0, ""
    for _ in range(_ATTEMPTS):
        done, refused, is_late = _run_from(connection, statements, done)
        if not is_late:
            break
    return refused


def _run_from(connection: Connection, statements: list[str], first: int) -> tuple[int, str, bool]:
    """Where to go on, what was refused, and whether that was for a lock that others held."""
    for number, statement in enumerate(statements[first:], start=first):
        try:
            connection.execute(statement.encode())
        except psycopg.Error as error:
            is_within = statements[0] == "begin;" and "commit;" in statements[number:]
            if is_within:
                connection.execute("rollback")
            is_late = isinstance(error, psycopg.errors.LockNotAvailable)
            return 0 if is_within else number, f"{statement}: {error.diag.message_primary}", is_late
    return len(statements), "", False


def _answer(connection: Connection, sql: str) -> str:
    row = connection.execute(sql.encode()).fetchone()
    value = row[0] if row else None
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
