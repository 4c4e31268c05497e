import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors

from probes.sql.parse import Parsed, ParseFailure, parse_pieces, parse_statement, parse_text
from probes.sql.splitter import Piece, PieceKind, split
from probes.sql.tree.data import Select
from probes.sql.tree.tables import AlterTable, CreateTable
from tests.servers import Database

BROKEN = [
    "selec 1",
    "select 'é' from where x",
    "select 'öäü', 1 fro t x y",
    "alter table t add column a int,, b int",
    "create table t (a int",
    "select\n  'ß',\n  from from",
    "drop table if exist t",
    "select 1 limit 2 limt 3",
]


def pieces_of(data: bytes) -> list[Piece]:
    return [piece for piece in split(data) if piece.kind is PieceKind.STATEMENT]


@pytest.mark.pg("== 18")
@pytest.mark.parametrize("sql", BROKEN)
def test_error_is_where_the_server_puts_it(database: Database, sql: str) -> None:
    with database.connect() as connection, pytest.raises(errors.SyntaxError) as caught:
        connection.execute(sql)
    position = int(caught.value.diag.statement_position or 0)
    failure = parse_statement(sql)
    assert isinstance(failure, ParseFailure)
    assert failure.message == caught.value.diag.message_primary
    assert len(sql.encode()[: failure.offset].decode()) == position - 1
    before = sql[: position - 1]
    assert (failure.line, failure.column) == (before.count("\n") + 1, position - 1 - before.rfind("\n"))


def test_unterminated_quote_does_not_repeat_the_text_behind_it() -> None:
    failure = parse_statement("select 'secret")
    assert isinstance(failure, ParseFailure)
    assert "secret" not in failure.message
    assert failure.offset == len("select ")


def test_broken_statement_leaves_its_neighbours_parsed() -> None:
    data = b"select 1; selec 2; create table t (a int);"
    first, second, third = parse_pieces(data, pieces_of(data))
    assert isinstance(first, Parsed)
    assert isinstance(first.tree, Select)
    assert isinstance(second, ParseFailure)
    assert isinstance(third, Parsed)
    assert isinstance(third.tree, CreateTable)


def test_location_and_origin_give_the_place_in_the_file_alone_and_in_a_batch() -> None:
    text = "-- é\nselect 'é';\nalter table aé drop column b;\nalter table cé add d int;"
    data = text.encode()
    together = list(parse_pieces(data, pieces_of(data)))
    alone = [outcome for piece in pieces_of(data) for outcome in parse_pieces(data, [piece])]
    for outcomes in (together, alone):
        found = [
            data[outcome.origin + outcome.tree.relation.location :][:2]
            for outcome in outcomes
            if isinstance(outcome, Parsed) and isinstance(outcome.tree, AlterTable)
        ]
        assert found == [b"a\xc3", b"c\xc3"]


def test_zero_byte_is_a_failure_and_not_the_end_of_the_text() -> None:
    assert isinstance(parse_text("select 1; \0 drop table t"), ParseFailure)


@pytest.mark.parametrize("sql", ["select " + "not " * 3000 + "true", "select 1" + "+1" * 3000])
def test_deep_but_valid_statement_is_parsed(sql: str) -> None:
    found = parse_statement(sql)
    assert isinstance(found, Parsed)
    assert found.kind == "SelectStmt"


@pytest.mark.parametrize(
    "sql", ["select " + "(" * 50_000, "select 1" + "+1" * 200_000, "select '\ud800'", "", ";", "\\"]
)
def test_impossible_text_is_a_failure(sql: str) -> None:
    assert isinstance(parse_statement(sql), ParseFailure)


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    assert parse_text(text) is not None


def test_parser_is_loaded_alone_and_pglast_works_for_who_imports_it_later() -> None:
    program = """
import sys
from probes.sql import pgparser
pgparser.parse_sql_json("select 1")
assert "pglast.enums.parsenodes" not in sys.modules
import pglast
from pglast.enums.parsenodes import ObjectType
from pglast.visitors import Visitor
assert pglast.parser.parse_sql_json is pgparser.parse_sql_json
assert pglast.parse_sql("select 1 from t")[0].stmt.fromClause[0].relname == "t"
assert pglast.prettify("select 1") == "SELECT 1"
assert issubclass(pgparser.ParseError, pglast.Error)
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[3])
