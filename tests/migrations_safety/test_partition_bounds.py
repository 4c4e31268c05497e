"""Bounds of partitions overlap where the server says so, and where a time zone decides nothing is claimed."""

from typing import Any

import psycopg
import pytest

from migrations_safety.script.model import ScriptText
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Timeline
from tests.migrations_safety.rewriting import collected
from tests.servers import Server, fresh_database

RANGES = {
    "timestamptz": ("'2026-01-01'", "'2027-01-01'"),
    "timestamp": ("'2026-01-01'", "'2027-01-01'"),
    "date": ("'2026-01-01'", "'2027-01-01'"),
    "text": ("'b'", "'n'"),
    "text_c": ("'b'", "'n'"),
    "numeric": ("10", "20"),
    "uuid": ("'10000000-0000-0000-0000-000000000000'", "'20000000-0000-0000-0000-000000000000'"),
}
CERTAIN = [
    ("timestamptz", "from ('2027-01-01') to ('2028-01-01')"),
    ("timestamptz", "from ('2027-01-01 00:00:00+00') to ('2028-01-01 00:00:00+00')"),
    ("timestamptz", "from ('2027-01-01T02:00:00+02') to ('2028-01-01Z')"),
    ("timestamptz", "from ('2025-1-1') to ('2026-01-01 00:00')"),
    ("timestamptz", "from ('2026-06-01') to ('2027-06-01')"),
    ("timestamptz", "from (minvalue) to (maxvalue)"),
    ("timestamptz", "from ('2028-01-01') to ('2027-06-01')"),
    ("timestamp", "from ('2027-01-01') to ('2028-01-01')"),
    ("timestamp", "from ('2026-12-31 23:59:59.5') to ('2028-01-01')"),
    ("timestamp", "from ('2026-12-31 20:00:00-11') to ('2028-01-01')"),
    ("date", "from ('2027-01-01') to ('2027-02-01')"),
    ("date", "from (date '2026-12-31') to ('2027-02-01')"),
    ("date", "from ('2027-01-01') to ('2027-1-2')"),
    ("text", "from ('n') to ('z')"),
    ("text_c", "from ('B') to ('a')"),
    ("text_c", "from ('c') to ('d')"),
    ("text_c", "from ('10') to ('9')"),
    ("numeric", "from (20) to (100)"),
    ("numeric", "from (9.5) to (10.5)"),
    ("numeric", "from (-100) to (-200)"),
    ("numeric", "from (15) to ('NaN')"),
    ("numeric", "from ('NaN') to (maxvalue)"),
    ("numeric", "from ('NaN') to ('NaN')"),
]
OPEN = [
    ("timestamptz", "from ('2026-12-31 22:00') to ('2028-01-01')"),
    ("text", "from ('c') to ('d')"),
    ("uuid", "from ('15000000-0000-0000-0000-000000000000') to ('30000000-0000-0000-0000-000000000000')"),
]
"""The server refuses these, and what is written does not tell: other settings of the session decide, or a type."""


def table(name: str) -> str:
    """Give what makes a table with one partition."""
    first, last = RANGES[name]
    kind = 'text collate "C"' if name == "text_c" else name
    return (
        f"create table by_{name} (key {kind}) partition by range (key);"
        f"create table by_{name}_1 partition of by_{name} for values from ({first}) to ({last});"
    )


def refuses(connection: psycopg.Connection[tuple[Any, ...]], sql: str) -> bool:
    """Whether the server says that the partition's bounds cannot be: any other error is one of the test's."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(sql.encode())
    except psycopg.errors.InvalidObjectDefinition:
        return True
    return False


@pytest.mark.pg(">= 17")
def test_bounds_overlap_where_the_server_says_so(server: Server) -> None:
    wrong: list[str] = []
    with fresh_database(server) as database:
        database.execute("".join(map(table, RANGES)))
        catalog = collected(database.dsn)
        with database.connect() as connection:
            for name, bound in [*CERTAIN, *OPEN]:
                sql = f"create table new_one partition of by_{name} for values {bound}"
                (step,) = Timeline(catalog, server.major).steps(
                    read_script([ScriptText(file="a.sql", content=sql.encode())])
                )
                refused = refuses(connection, sql)
                if step.effects.is_refused != (refused and (name, bound) in CERTAIN):
                    wrong.append(f"{sql}: the server {'refuses' if refused else 'takes'} it")
                assert refused or (name, bound) not in OPEN, sql
    assert wrong == []


LISTS = {
    "timestamptz": ("timestamptz", "'2026-01-01 00:00+00', '2026-05-01'"),
    "date": ("date", "'2026-01-01', null"),
    "numeric": ("numeric", "1.50, 'NaN', -3"),
    "integer": ("integer", "1, 2, null"),
    "boolean": ("boolean", "true"),
    "text": ("text", "'a', '10'"),
    "folded": ("text collate folding", "'a', 'b'"),
    "uuid": ("uuid", "'a0000000-0000-0000-0000-000000000000'"),
}
CERTAIN_LISTS = [
    ("timestamptz", "'2025-12-31 23:00-01'"),
    ("timestamptz", "'2026-05-02'"),
    ("date", "'2026-1-1'"),
    ("date", "null"),
    ("date", "'2026-01-02'"),
    ("numeric", "7, '1.5'"),
    ("numeric", "'NaN'"),
    ("numeric", "3"),
    ("integer", "'2'"),
    ("integer", "-1"),
    ("boolean", "true"),
    ("boolean", "false"),
    ("text", "'b', 'a'"),
    ("text", "'A'"),
    ("text", "'10.0'"),
    ("folded", "'b'"),
    ("uuid", "'a0000000-0000-0000-0000-000000000000'"),
    ("uuid", "'b0000000-0000-0000-0000-000000000000'"),
]
OPEN_LISTS = [
    ("timestamptz", "'2026-05-01 00:00'"),
    ("timestamptz", "'2026-01-01'"),
    ("folded", "'A'"),
    ("uuid", "'A0000000-0000-0000-0000-000000000000'"),
    ("boolean", "'t'"),
]
"""The server refuses these, and what is written does not tell."""
FOLDING = "create collation folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"


@pytest.mark.pg(">= 18")
def test_lists_overlap_where_the_server_says_so(server: Server) -> None:
    wrong: list[str] = []
    with fresh_database(server) as database:
        made = "".join(
            f"create table by_{name} (key {kind}) partition by list (key);"
            f"create table by_{name}_1 partition of by_{name} for values in ({values});"
            for name, (kind, values) in LISTS.items()
        )
        database.execute(f"{FOLDING}set timezone = 'UTC';{made}")
        catalog = collected(database.dsn)
        with database.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            for name, values in [*CERTAIN_LISTS, *OPEN_LISTS]:
                sql = f"create table new_one partition of by_{name} for values in ({values})"
                (step,) = Timeline(catalog, server.major).steps(
                    read_script([ScriptText(file="a.sql", content=sql.encode())])
                )
                refused = refuses(connection, sql)
                if step.effects.is_refused != (refused and (name, values) in CERTAIN_LISTS):
                    wrong.append(f"{sql}: the server {'refuses' if refused else 'takes'} it")
                assert refused or (name, values) not in OPEN_LISTS, sql
    assert wrong == []


def test_long_lists_are_compared_in_time_that_grows_with_their_length() -> None:
    """Comparing each of 20,000 values with each of 20,000 others would take an hour."""
    many = 20_000
    script = (
        "create table by_code (code text) partition by list (code);"
        f"create table first_half partition of by_code for values in ({codes(0, many)});"
        f"create table second_half partition of by_code for values in ({codes(many, many)});"
        f"create table overlapping partition of by_code for values in ({codes(2 * many - 1, many)});"
    )
    steps = list(Timeline(None, 18).steps(read_script([ScriptText(file="a.sql", content=script.encode())])))
    assert [step.effects.is_refused for step in steps] == [False, False, False, True]


def codes(first: int, count: int) -> str:
    return ", ".join(f"'code {number}'" for number in range(first, first + count))
