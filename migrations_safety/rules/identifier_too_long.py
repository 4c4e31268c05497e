"""A name is longer than PostgreSQL keeps.

What: An identifier of more than 63 bytes in a statement that makes or renames something.

Why it matters: The server cuts the name off, with a notice that migration tools swallow. Two names that differ only
behind the cut collide; code that asks the catalog for the full name finds nothing; and a tool that compares names makes
the object again at its next run, or drops it.

When it is harmless: Whoever uses the name gives it to the server, which cuts it the same way each time, and nobody ever
looks it up.

What to do: Choose a name of at most 63 bytes (letters outside ASCII count two or more).

Known limits: Names in strings and in function bodies are not looked at. Those that the server itself makes up it
shortens sensibly.

Sources: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    create table a_name_that_somebody_generated_from_a_path_of_a_document_and_never_read (id bigint primary key);

Unsafe::

    create index concurrently "the index that finds orders whose total is above what the customer may spend" on
        orders (total);

Safe::

    create index concurrently orders_total_idx on orders (total);

Safe::

    create table notes (id bigint primary key, note text default
        'a_text_that_somebody_generated_from_a_path_of_a_document_and_never_read');
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.parse import Parsed

_KEPT_BYTES = 63
_MAY_BE_LONG = re.compile(rb'[A-Za-z0-9_$\x80-\xff]{64}|"[^"]{64}')


@rule(
    "Name longer than 63 bytes",
    area=Area.DATA,
    severity=Severity.MEDIUM,
    triggers=(
        "CreateTable",
        "CreateTableAs",
        "CreateIndex",
        "CreateView",
        "CreateSequence",
        "CreateFunction",
        "CreateTrigger",
        "CreatePolicy",
        "CreateEnum",
        "CreateSchema",
        "Rename",
        "AlterTable:ADD_COLUMN",
        "AlterTable:ADD_CONSTRAINT",
    ),
    squawk=("identifier-too-long",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag each long name once."""
    statement = step.statement
    if _MAY_BE_LONG.search(statement.text, statement.start, statement.end) is None:
        return
    outcome = statement.outcome
    origin = outcome.origin if isinstance(outcome, Parsed) else statement.start
    places: dict[str, int] = {}
    for name, offset in _long_names(statement.sql):
        places.setdefault(name, offset)
    for name, offset in places.items():
        kept = name.encode()[:_KEPT_BYTES].decode(errors="ignore")
        yield Flag(
            message=f"{name} has {len(name.encode())} bytes and becomes {kept}",
            evidence={"kept": kept},
            location=statement.start + offset - origin,
        )


def _long_names(sql: str) -> Iterator[tuple[str, int]]:
    """Each long name wherever it stands, with its offset in bytes."""
    from pglast.parser import ParseError, scan  # noqa: PLC0415 - few names are long

    try:
        tokens = scan(sql)
    except ParseError:
        return
    for token in tokens:
        if token.name == "IDENT":
            word = sql[token.start : token.end + 1]
            name = word[1:-1].replace('""', '"') if word.startswith('"') else word
            if len(name.encode()) > _KEPT_BYTES:
                yield name, len(sql[: token.start].encode())
