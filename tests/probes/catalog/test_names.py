"""Writing names is the server's business: ours agree with what it writes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.catalog.names import literal, quoted
from tests.probes.collect.conftest import Rich
from tests.probes.collect.rich import HOSTILE_NAMES
from tests.servers import Server

NAMES = [*HOSTILE_NAMES, "plain", "Upper", "with space", "_x", "1st", "a$b", "é", "a-b", "null", "user", "begin"]


def test_every_key_word_is_quoted_where_this_server_or_a_newer_one_quotes_it(server: Server) -> None:
    with server.connect() as connection:
        rows = connection.execute("select word, quote_ident(word) from pg_get_keywords()").fetchall()
    assert len(rows) > 400
    unquoted_by_us = {word for word, expected in rows if quoted(word) != expected and quoted(word) == word}
    assert unquoted_by_us == set()
    if server.major == 18:
        assert {word for word, expected in rows if quoted(word) != expected} == set()


@pytest.mark.pg(">= 18")
def test_names_are_quoted_as_quote_ident_does(server: Server) -> None:
    with server.connect() as connection:
        for name in NAMES:
            assert connection.execute("select quote_ident(%s)", [name]).fetchone() == (quoted(name),)


@pytest.mark.pg(">= 18")
def test_literals_mean_the_same_on_a_server_with_either_way_of_reading_backslashes(server: Server) -> None:
    with server.connect() as connection:
        for conforming in ("on", "off"):
            connection.execute(f"set standard_conforming_strings = {conforming}".encode())
            for name in NAMES:
                query = f"select {literal(name)}"
                assert connection.execute(query.encode()).fetchone() == (name,)


@given(st.text(st.characters(exclude_characters="\0"), min_size=1))
@settings(max_examples=200)
def test_a_quoted_name_reads_back(name: str) -> None:
    written = quoted(name)
    assert (written[1:-1].replace('""', '"') if written.startswith('"') else written) == name


def test_every_type_of_the_server_is_named_as_format_type_names_it(rich: Rich) -> None:
    expected = rich.ask(
        """
        select t.oid::int8, format_type(t.oid, -1) from pg_type as t left join pg_class as c on c.oid = t.typrelid
        left join pg_type as e on e.oid = t.typelem left join pg_class as ec on ec.oid = e.typrelid
        where (c.oid is null or c.relkind = 'c') and (ec.oid is null or ec.relkind = 'c')
            and t.typnamespace <> 'information_schema'::regnamespace
        """
    )
    assert len(expected) > 200
    found = {oid: rich.catalog.type_name(oid).sql for oid, _ in expected}
    assert {oid: (found[oid], name) for oid, name in expected if found[oid] != name} == {}


@pytest.mark.parametrize(
    "type_name",
    [
        "numeric(5)", "numeric(12,2)", "varchar(7)", "char(3)", "bpchar", "bit(3)", "bit varying(9)", "timestamp(0)",
        "timestamptz(6)", "time(3)", "timetz(2)", "interval", "interval(4)", "interval year", "interval month",
        "interval day", "interval hour", "interval minute", "interval second(3)", "interval year to month",
        "interval day to hour", "interval day to minute", "interval day to second(2)", "interval hour to minute",
        "interval hour to second", "interval minute to second(0)", "varchar(5)[]", "numeric(4,1)[]", '"char"', "name[]",
    ],
)  # fmt: skip
def test_modifiers_are_written_as_format_type_writes_them(rich: Rich, type_name: str) -> None:
    with rich.database.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(f"create table public.modified (c {type_name})".encode())
        row = connection.execute(
            "select atttypid::int8, atttypmod, format_type(atttypid, atttypmod) from pg_attribute "
            "where attrelid = 'public.modified'::regclass and attnum = 1"
        ).fetchone()
    assert row
    assert rich.catalog.type_name(row[0], row[1]).sql == row[2]
