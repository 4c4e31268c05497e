import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrations_safety.script.bodies import BodyReason, body_of
from migrations_safety.script.model import (
    ControlNote,
    Opaque,
    OpaqueReason,
    ScriptText,
    Statement,
    SuppressionScope,
    TransactionMode,
    Wrapping,
)
from migrations_safety.script.reader import read_script, unclosed_begins
from probes.sql.parse import Parsed, ParseFailure
from probes.sql.tree.data import Copy, Delete, Insert, Update
from probes.sql.tree.tables import AlterTable, Drop
from tests.servers import Database


def read(*contents: str | bytes, wrapping: Wrapping = Wrapping.PER_STATEMENT) -> list[Statement]:
    return list(
        read_script(
            ScriptText(
                file=f"{number}.sql",
                content=content.encode() if isinstance(content, str) else content,
                wrapping=wrapping,
            )
            for number, content in enumerate(contents)
        )
    )


def opaque(statement: Statement) -> tuple[OpaqueReason, str]:
    assert isinstance(statement.outcome, Opaque), statement
    return statement.outcome.reason, statement.outcome.detail


def modes(statements: list[Statement]) -> list[tuple[int, TransactionMode]]:
    return [(each.transaction.id, each.transaction.mode) for each in statements]


SCRIPTS = [
    "create table a (i int); create table b (i int)",
    "create table a (i int)",
    "create table a (i int); begin; create table b (i int); commit; create table c (i int); create table d (i int)",
    "begin; create table a (i int); create table b (i int)",
    "create table a (i int); commit; create table b (i int); create table c (i int)",
    "begin; create table a (i int); commit and chain; create table b (i int); commit; create table c (i int)",
    "begin; begin; create table a (i int); rollback and chain; create table b (i int); commit",
]


@pytest.mark.pg("== 18")
@pytest.mark.parametrize("wrapping", [Wrapping.NONE, Wrapping.PER_STATEMENT])
@pytest.mark.parametrize("script", SCRIPTS)
def test_statements_share_a_transaction_where_the_server_gives_them_one(
    database: Database, wrapping: Wrapping, script: str
) -> None:
    """The server's transaction ID, logged by an event trigger, is the truth."""
    statements = read(script, wrapping=wrapping)
    seen: list[str] = []
    with database.connect() as connection:
        connection.execute(
            "create function note() returns event_trigger language plpgsql as"
            " $$ begin raise warning 'xid %', pg_current_xact_id(); end $$;"
            "create event trigger noting on ddl_command_end execute function note()"
        )
        connection.add_notice_handler(
            lambda said: seen.append(said.message_primary or "") if "xid" in (said.message_primary or "") else None
        )
        for message in [script] if wrapping is Wrapping.NONE else [each.sql for each in statements]:
            connection.execute(message.encode())
    tables = [each for each in statements if each.sql.startswith("create table")]
    assert len(seen) == len(tables)
    for one, xid in zip(tables, seen, strict=True):
        for other, other_xid in zip(tables, seen, strict=True):
            assert (one.transaction.id == other.transaction.id) == (xid == other_xid)


@pytest.mark.pg("== 18")
@pytest.mark.parametrize(
    "script", ["vacuum", "select 1; vacuum", "begin; vacuum; commit", "commit; vacuum", "vacuum;;"]
)
@pytest.mark.parametrize("wrapping", [Wrapping.NONE, Wrapping.PER_STATEMENT])
def test_vacuum_is_refused_where_the_statement_is_said_to_be_in_a_block(
    database: Database, script: str, wrapping: Wrapping
) -> None:
    statements = read(script, wrapping=wrapping)
    refused = False
    with database.connect() as connection:
        for message in [script] if wrapping is Wrapping.NONE else [each.sql for each in statements]:
            try:
                connection.execute(message.encode())
            except Exception as error:  # noqa: BLE001 -- whichever class it has
                refused = refused or "cannot run inside a transaction block" in str(error)
                break
    (vacuum,) = [each for each in statements if each.sql == "vacuum"]
    assert vacuum.transaction.is_block == refused


def test_runner_transaction_spans_the_file_or_all_files() -> None:
    assert (
        len({each.transaction.id for each in read("select 1; select 2", "select 3", wrapping=Wrapping.PER_FILE)}) == 2
    )
    all_pending = read("select 1; select 2", "select 3", wrapping=Wrapping.ALL_PENDING)
    assert {each.transaction for each in all_pending} == {all_pending[0].transaction}
    assert all_pending[0].transaction.mode is TransactionMode.RUNNER


def test_commit_inside_the_runners_transaction_ends_it() -> None:
    first, commit, last = read("select 1; commit; select 2", wrapping=Wrapping.PER_FILE)
    assert commit.note is ControlNote.ENDS_RUNNER_TRANSACTION
    assert first.transaction == commit.transaction
    assert last.transaction.mode is TransactionMode.AUTOCOMMIT


def test_oddities_of_transaction_control_are_noted() -> None:
    assert [each.note for each in read("commit; begin; begin; rollback")] == [
        ControlNote.NOTHING_TO_END, ControlNote.NONE, ControlNote.NESTED_BEGIN, ControlNote.NONE,
    ]  # fmt: skip


def test_begin_without_an_end_is_found() -> None:
    assert [each.sql for each in unclosed_begins(read("begin; select 1; commit; begin; select 2"))] == ["begin"]
    assert unclosed_begins(read("begin; select 1; commit")) == ()


def test_broken_statement_is_a_failure_with_its_line_and_its_neighbours_are_read() -> None:
    first, broken, last = read("select 1;\n\nalter table t\n  add colum;\ndrop table u;")
    assert isinstance(first.outcome, Parsed)
    assert isinstance(broken.outcome, ParseFailure)
    assert (broken.line, broken.column, broken.failure_position) == (3, 1, (4, 12))
    assert isinstance(last.tree, Drop)


@pytest.mark.parametrize(
    ("sql", "relation"),
    [
        ('alter table {{ index .Options "Namespace" }}.users add a int', "users"),
        ("alter table ${schema}.users add a int", "users"),
        ("alter table :schema.users add a int default :'value'", "users"),
        ("alter table <%= schema %>.users add a int", "users"),
        ("alter table @schema@.users add a int", "users"),
        ("alter table %(schema)s.users add a int", "users"),
        ("{% if x %} alter table users add a int {% endif %}", "users"),
        ('alter table "{{ index .Options "Namespace" }}".users add a int', "users"),
        ("alter table users add a varchar(${n}), alter b set default {{ d }}", "users"),
    ],
)
def test_placeholders_become_names_and_the_statement_is_marked(sql: str, relation: str) -> None:
    _, statement = read(f"select 1;\n{sql};")
    assert statement.is_templated
    assert isinstance(statement.tree, AlterTable)
    assert statement.tree.relation.name == relation
    assert statement.sql == sql
    line, column = statement.position(statement.tree.relation.location)
    assert line == 2
    assert sql[column - 1 :].startswith(("{{", "${", ":s", "<%", "@", "%(", "users", '"{{'))


def test_same_placeholder_is_the_same_name_throughout() -> None:
    one, other = read("alter table {{ s }}.a add x int; alter table {{ s }}.b add x int")
    assert isinstance(one.tree, AlterTable)
    assert isinstance(other.tree, AlterTable)
    assert one.tree.relation.schema == other.tree.relation.schema


def test_a_placeholder_is_the_same_name_however_it_is_spaced_or_quoted() -> None:
    written = ('{{ i "s" }}', '{{i "s"}}', '"{{ i  "s" }}"')
    found = read(";".join(f"alter table {one}.a add x int" for one in written))
    assert [each.tree.relation.schema for each in found if isinstance(each.tree, AlterTable)] == ["_i_s"] * 3


def test_a_placeholder_inside_a_word_leaves_the_word_whole() -> None:
    (statement,) = read("alter table idx_{{ s }}_a add x int")
    assert isinstance(statement.tree, AlterTable)
    assert statement.tree.relation.name.startswith("idx_")
    assert statement.tree.relation.name.endswith("_a")


def test_braces_in_valid_text_are_no_template() -> None:
    (statement,) = read("insert into t values ('{{1,2},{3,4}}', '${x}', a[1:2], 'x' :: text)")
    assert not statement.is_templated
    assert isinstance(statement.tree, Insert)


def test_statement_that_is_all_placeholder_is_opaque() -> None:
    assert [opaque(each)[0] for each in read("{{ macro() }}; ${x};")] == [OpaqueReason.TEMPLATE] * 2


def test_psql_commands_that_bring_other_sql_are_opaque_and_the_others_say_nothing() -> None:
    found = read("\\set ON_ERROR_STOP on\n\\i other.sql\n\\echo hi\nselect 'drop table x' \\gexec\n\\connect other\n")
    assert [opaque(each) for each in found if isinstance(each.outcome, Opaque)] == [
        (OpaqueReason.META_COMMAND, "i"), (OpaqueReason.META_COMMAND, "gexec"), (OpaqueReason.META_COMMAND, "connect"),
    ]  # fmt: skip
    assert [each.line for each in found] == [2, 4, 4, 5]


def test_copy_from_the_client_is_a_copy() -> None:
    (backslash,) = read("\\copy t (a) from 'file.csv' with (format csv)\n")
    assert isinstance(backslash.tree, Copy)
    assert backslash.tree.is_from
    copied, last = read("copy t from stdin;\n1\tdrop table x;\n\\.\ndrop table t;")
    assert isinstance(copied.tree, Copy)
    assert isinstance(last.tree, Drop)
    assert last.line == 4


def test_suppressions_belong_to_the_statement_below_or_to_the_one_on_their_line() -> None:
    first, second = read(
        "-- pgaudit: ignore[a-rule, other] known and small (until 2027-03-31)\n-- squawk-ignore ban-drop-table\n"
        "drop table a; -- pgaudit: ignore[same-line] it is empty\ndrop table b; -- pgaudit: ignore-file[all] made\n"
    )
    assert [(each.tool, each.rules, each.reason, each.line) for each in first.suppressions[:3]] == [
        ("pgaudit", ("a-rule", "other"), "known and small", 1), ("squawk", ("ban-drop-table",), "", 2),
        ("pgaudit", ("same-line",), "it is empty", 3),
    ]  # fmt: skip
    assert str(first.suppressions[0].expires) == "2027-03-31"
    for statement in (first, second):
        assert [each.rules for each in statement.suppressions if each.scope is SuppressionScope.FILE] == [("all",)]
    assert len(second.suppressions) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_is_read_in_every_unicode_encoding_with_any_line_ends(encoding: str) -> None:
    first, second = read("select 'é';\r\n  drop table t;\r\n".encode(encoding))
    assert first.sql == "select 'é'"
    assert (second.line, second.column) == (2, 3)


def test_bytes_that_are_no_text_are_a_problem_and_not_an_exception() -> None:
    assert [opaque(each)[0] for each in read(b"\x7fELF\x00\x01\x02", bytes(range(1, 256)))] == [OpaqueReason.BINARY] * 2
    problem, statement = read("drop table é".encode("latin-1"))
    assert opaque(problem)[0] is OpaqueReason.NOT_UTF8
    assert isinstance(statement.tree, Drop)
    assert read("", "  -- nothing\n;;") == []


@given(st.binary(max_size=120), st.sampled_from(Wrapping))
def test_any_bytes_are_read(content: bytes, wrapping: Wrapping) -> None:
    for statement in read(content, wrapping=wrapping):
        assert statement.line >= 1
        assert isinstance(statement.sql, str)
        assert statement.failure_position >= (1, 1)


WORDS = st.sampled_from(
    ["begin", "commit", "rollback", ";", "\n", "select 1", "drop table t", "'", "{{ x }}", ":v", "\\i f\n", "$$",
     "do $$ begin x", "copy t from stdin;\n", "\\.\n", "-- pgaudit: ignore[x] y\n", "selec", "language sql",
     "create function f() returns int", "begin atomic", "end", "as 'select 1'"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=25).map(" ".join), st.sampled_from(Wrapping))
def test_any_words_are_read_and_their_bodies_looked_into(content: str, wrapping: Wrapping) -> None:
    for statement in read(content, content, wrapping=wrapping):
        if isinstance(statement.outcome, Parsed):
            body_of(statement.outcome, statement.sql)


def test_statement_above_a_megabyte_is_read_by_its_head() -> None:
    rows = ", ".join(["(1, 'it''s; (x)')"] * 80_000)
    insert, update, delete = read(
        f"insert into s.t (a, b) values {rows}; update u set a = '{'x' * 1_100_000}' where b = 1;"
        f"delete from v where a in ({', '.join(['12345678'] * 110_000)})"
    )
    assert isinstance(insert.tree, Insert)
    assert insert.tree.relation.parts == ("s", "t")
    assert isinstance(update.tree, Update)
    assert update.tree.where
    assert isinstance(delete.tree, Delete)
    assert all(each.is_abridged for each in (insert, update, delete))


@pytest.mark.skipif(sys.version_info < (3, 11, 5), reason="patterns take memory for each repeat there")
def test_fifty_megabytes_are_read_within_300_megabytes_of_memory() -> None:
    program = """
import json, sys
from migrations_safety.script.model import ScriptText
from migrations_safety.script.reader import read_script
content = sys.stdin.buffer.read()
kinds = {type(each.tree).__name__ for each in read_script([ScriptText(file="f", content=content)])}
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([sorted(kinds), int(peak)]))
"""
    row = b"(1, 'some text of a row that is not short', now())"
    for content in (
        b"insert into t values " + b",".join([row] * 1_000_000),
        (b"insert into t values " + row + b";\n") * 700_000,
    ):
        done = subprocess.run(
            [sys.executable, "-c", program],
            input=content,
            capture_output=True,
            check=True,
            cwd=Path(__file__).parents[2],
        )
        kinds, peak_kilobytes = json.loads(done.stdout)
        assert kinds == ["Insert"]
        assert peak_kilobytes < 300_000


def test_statements_of_a_plpgsql_body_are_found_with_what_is_conditional() -> None:
    (statement,) = read(
        "do $$ begin\n alter table t add a int;\n if x() then\n drop table u;\n end if;\n execute 'drop table v';\n"
        "execute 'drop table ' || name; commit; end $$"
    )
    assert isinstance(statement.outcome, Parsed)
    body = body_of(statement.outcome, statement.sql)
    assert body is not None
    assert [(each.sql, each.line, each.is_conditional) for each in body.statements if not each.is_expression] == [
        ("alter table t add a int", 2, False), ("drop table u", 4, True), ("drop table v", 6, False),
    ]  # fmt: skip
    assert [(each.reason, each.line) for each in body.dark] == [(BodyReason.DYNAMIC, 7)]
    assert body.ends_transactions


@pytest.mark.parametrize(
    "sql",
    [
        "create function f() returns void language sql as 'drop table t; insert into u values (1)'",
        "create procedure f() begin atomic delete from t; insert into u values (1); end",
    ],
)
def test_statements_of_a_sql_function_are_found(sql: str) -> None:
    (statement,) = read(sql)
    assert isinstance(statement.outcome, Parsed)
    body = body_of(statement.outcome, statement.sql)
    assert body is not None
    assert len(body.statements) == 2
    assert isinstance(body.statements[1].outcome, Parsed)
    assert isinstance(body.statements[1].outcome.tree, Insert)


def test_body_in_a_language_we_do_not_read_is_dark() -> None:
    (statement,) = read("do language plpython3u 'plpy.execute(1)'")
    assert isinstance(statement.outcome, Parsed)
    body = body_of(statement.outcome, statement.sql)
    assert body is not None
    assert [each.reason for each in body.dark] == [BodyReason.LANGUAGE]
