"""Rendered DDL as a person would write it: defaults left out, a column a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DEFAULT_CLASSES = re.compile(
    r" pg_catalog\.(?:bool|bpchar|bytea|date|float4|float8|inet|int2|int4|int8|interval|numeric|oid|text|time|"
    r"timestamp|timestamptz|timetz|uuid|varchar|array|jsonb|tsvector)_ops(?=[ ,)])"
)
_IDENTITY = re.compile(
    r" \(sequence name \S+ increment by 1 minvalue 1 maxvalue \d+ start with 1 cache 1 no cycle\)(?= not null)"
)
_TABLE = re.compile(r'create (?:unlogged )?table (?:"(?:[^"]|"")*"|[^("])+\(')


def laid_out(statement: str) -> str:
    """The statement without what the server would assume anyhow.

    >>> laid_out("create index i on app.t using btree (a pg_catalog.int8_ops, b pg_catalog.text_pattern_ops)")
    'create index i on app.t (a, b pg_catalog.text_pattern_ops)'
    """
    if statement.startswith(("create index ", "create unique index ")):
        return _DEFAULT_CLASSES.sub("", statement).replace(" using btree (", " (", 1)
    if _TABLE.match(statement):
        return _table(_IDENTITY.sub("", statement))
    return statement


def _table(statement: str) -> str:
    """CREATE TABLE, a column a line."""
    head = _TABLE.match(statement)
    if head is None:
        return statement
    pieces = list(_pieces(statement[head.end() :]))
    columns, tail = pieces[:-1], pieces[-1]
    if not columns:
        return statement
    listed = ",\n".join(f"    {one.strip()}" for one in columns)
    return f"{head[0]}\n{listed}\n){tail}"


def _pieces(body: str) -> Iterator[str]:
    """The parts between commas up to the closing bracket, and what follows it. Quotes and brackets are kept whole."""
    depth, quote, start = 0, "", 0
    for place, sign in enumerate(body):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([":
            depth += 1
        elif sign in ")]" and depth:
            depth -= 1
        elif sign == ")":
            yield body[start:place]
            yield body[place + 1 :]
            return
        elif sign == "," and not depth:
            yield body[start:place]
            start = place + 1
    yield body[start:]
