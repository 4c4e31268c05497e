import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pglast.parser import ParseError
from pglast.parser import split as pglast_split

from probes.sql.splitter import Piece, PieceKind, split

VALID = [
    "select 1; select 2",
    'select \';\'; select ";" from t as "a;b"',
    "select E'it\\'s; fine'; select 2",
    "select e'a'\n  'b\\';c'; select 2",
    "select U&'d\\0061t;a', U&\"x;y\" from t; select B'01', X'1F', N'a;b'",
    "select date'2020-01-01'; select 'e';",
    "select $$a;b$$; select $tag$ $$ ; $other$ $tag$; select 3",
    "prepare p as select $1::int; select 2",
    "select a$b$c from t; select 2",
    "/* a; /* nested; */ b; */ select 1; -- c; d\nselect 2",
    "select 1 /* tail; */; ; ;; select 2 --end;",
    "create function f() returns int begin atomic select 1; select case when true then 1 end; end; select 2",
    "create function f() returns int language sql begin atomic select 1; end",
    "create or replace procedure p() begin atomic delete from t where x = 'end'; end; select 2",
    "create rule r as on insert to t do instead (insert into u values (1); delete from v where (a = ')')); select 2",
    "create or replace rule r as on insert to t do also nothing; select 2",
    "do $$ begin perform 1; end $$; select 2",
    "select 'é;', \"ü;\", $ö$;$ö$ from ä; select 2",
    "select a <-> b, a / b, a - - b; select a--b\n, c; select -1",
    "begin; commit; select 'a' \n 'c;'",
    "select 'back\\slash;'; select 2;",
]


def statements(text: str) -> list[str]:
    data = text.encode()
    return [data[piece.start : piece.end].decode() for piece in split(data) if piece.kind is PieceKind.STATEMENT]


def bare(statement: str) -> str:
    """A statement as pglast gives it, without the comments it puts in front."""
    return re.sub(r"\A(?:\s|--[^\n]*\n|/\*(?:[^*/]|\*(?!/)|/(?!\*)|/\*[^*]*\*/)*\*/)+", "", statement).strip()


@pytest.mark.parametrize("text", VALID)
def test_statements_of_valid_text_are_those_the_parser_finds(text: str) -> None:
    expected = [bare(each) for each in pglast_split(text)]
    assert [re.sub(r"\s*/\* tail; \*/", "", each) for each in statements(text)] == [
        re.sub(r"\s*/\* tail; \*/", "", each) for each in expected
    ]


@given(st.lists(st.sampled_from(VALID), min_size=1, max_size=4), st.sampled_from(["\n", " ", "\r\n", "\n-- x;\n"]))
def test_texts_put_together_split_into_the_statements_of_each(texts: list[str], glue: str) -> None:
    whole = "".join(text + ";" + glue for text in texts if "--end" not in text)
    expected = [each for text in texts if "--end" not in text for each in statements(text)]
    assert statements(whole) == expected


FRAGMENTS = st.sampled_from(
    [*"'\";\n\\()a $-/1é\0\r\ufeff", "$$", "$x$", "--", "/*", "*/", "E'", "\\g", "\\i f", "{{", "}}",
     "begin atomic", "end", "case", "create function", "create rule", "copy t from stdin;\n", "\\.\n", "select", "U&",
     "set standard_conforming_strings = off;"]
)  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=40).map("".join))
def test_pieces_are_contiguous_and_joined_give_the_text_back(text: str) -> None:
    data = text.encode()
    pieces = list(split(data))
    assert b"".join(data[piece.begin : piece.stop] for piece in pieces) == data
    assert all(one.stop == other.begin for one, other in pairwise(pieces))
    assert all(piece.begin <= piece.start <= piece.end <= piece.stop for piece in pieces)


@given(st.binary(max_size=200))
def test_any_bytes_are_split(data: bytes) -> None:
    pieces = list(split(data))
    assert (pieces[-1].stop if pieces else 0) == len(data)


@given(st.lists(st.sampled_from(VALID), min_size=1, max_size=5).map(";\n".join))
def test_line_and_column_point_at_the_first_word(text: str) -> None:
    lines = text.split("\n")
    for piece in split(text.encode()):
        if piece.kind is PieceKind.STATEMENT:
            sql = text.encode()[piece.start : piece.end].decode()
            assert lines[piece.line - 1][piece.column - 1 :].startswith(sql.split("\n")[0])


@given(st.sampled_from(VALID), st.sampled_from(VALID))
def test_broken_statement_between_good_ones_stays_alone(first: str, last: str) -> None:
    broken = "create table t (a int, b text"
    if "--end" in first:
        return
    assert statements(f"{first};\n{broken};\n{last}") == [*statements(first), broken, *statements(last)]


def test_body_that_is_never_closed_ends_at_its_first_semicolon() -> None:
    text = "create function f() returns int begin atomic select 1; select 2; select 3"
    assert statements(text) == [
        "create function f() returns int begin atomic select 1", "select 2", "select 3",
    ]  # fmt: skip


def test_backslash_escapes_after_standard_conforming_strings_is_off() -> None:
    text = (
        r"set standard_conforming_strings = off; select 'a\';b'; set standard_conforming_strings to on; select 'a\'; x"
    )
    assert statements(text) == [
        "set standard_conforming_strings = off", r"select 'a\';b'", "set standard_conforming_strings to on",
        r"select 'a\'", "x",
    ]  # fmt: skip


def kinds(text: str) -> list[tuple[PieceKind, str | None]]:
    return [(piece.kind, piece.command) for piece in split(text.encode())]


def test_copy_data_is_no_statement() -> None:
    text = "copy t (a, b) from stdin;\n1;\t'\n2\tx\n\\.\nselect 1;"
    assert [kind for kind, _ in kinds(text)] == [PieceKind.STATEMENT, PieceKind.COPY_DATA, PieceKind.STATEMENT]
    assert statements(text) == ["copy t (a, b) from stdin", "select 1"]


def test_copy_to_stdout_has_no_data() -> None:
    assert statements("copy t to stdout; select 1; select 2") == ["copy t to stdout", "select 1", "select 2"]


def test_psql_commands_stand_between_statements_and_end_them() -> None:
    text = "\\set x 'a;b'\nselect 1\n\\gexec\n\\i other.sql\nselect 2;"
    assert kinds(text) == [
        (PieceKind.META_COMMAND, "set"), (PieceKind.STATEMENT, None), (PieceKind.META_COMMAND, "gexec"),
        (PieceKind.META_COMMAND, "i"), (PieceKind.STATEMENT, None),
    ]  # fmt: skip


def test_template_holding_a_semicolon_or_a_quote_is_stepped_over() -> None:
    text = "alter table {{ a; b's }}.t add x int; drop table ${c};"
    assert statements(text) == ["alter table {{ a; b's }}.t add x int", "drop table ${c}"]


def test_open_quote_is_reported() -> None:
    *_, last = split(b"select 1; select 'abc; drop table t;")
    assert last.is_unterminated
    assert (last.line, last.column) == (1, 11)


def test_byte_order_mark_belongs_to_no_statement() -> None:
    (piece,) = split(b"\xef\xbb\xbfselect 1")
    assert (piece.begin, piece.start, piece.line, piece.column) == (0, 3, 1, 1)


def test_comments_in_front_stay_reachable() -> None:
    data = b"select 1;\n-- pgaudit: ignore[x] y\nselect 2"
    second: Piece = list(split(data))[1]
    assert data[second.begin : second.start] == b"\n-- pgaudit: ignore[x] y\n"


@given(
    st.lists(
        st.sampled_from(["select 1", "select ';' x", "drop table a", "select $$;$$", "/* ; */ select 2"]), max_size=6
    )
)
def test_scanner_of_postgresql_agrees_on_text_without_bodies(parts: list[str]) -> None:
    text = ";\n".join(parts)
    try:
        expected = [bare(each) for each in pglast_split(text, with_parser=False)]
    except ParseError:
        return
    assert statements(text) == [each for each in expected if each]
