"""Findings on ALTER TABLE point at the subcommand that they are about, whatever stands around it."""

from datetime import date

import pytest

from migrations_safety.rule import Profile
from migrations_safety.script.model import ScriptText
from pgaudit.migrations.gate import GateRun, gate_scripts
from probes.sql.parse import Parsed, parse_statement
from probes.sql.subcommands import subcommand_offsets
from probes.sql.tree.tables import AlterTable
from tests.migrations_safety.oracle import load_cases

MANY = """\
alter table orders
    add column plain int,
    add column token uuid default gen_random_uuid(),
    add constraint total_positive check (total > 0),
    alter column note set not null,
    drop column old_note,
    alter column kind type bigint,
    add constraint orders_customer foreign key (customer_id) references customers (id),
    add constraint orders_code_key unique (code);
"""
LINES = {
    "add-column-volatile-default": 3,
    "add-check-validating": 4,
    "set-not-null-scan": 5,
    "drop-column": 6,
    "alter-type-rewrite": 7,
    "add-fk-validating": 8,
    "add-unique-constraint": 9,
    "require-schema-qualified": 1,
}


def gate(content: bytes, profile: Profile = Profile.PEDANTIC) -> GateRun:
    return gate_scripts([ScriptText(file="1.sql", content=content)], None, 18, today=date(2026, 6, 1), profile=profile)


def places(run: GateRun) -> dict[str, tuple[int, int]]:
    """Give line and column by rule."""
    return {one.rule: (one.line, one.column) for one in run.findings}


def test_each_finding_points_at_its_own_subcommand() -> None:
    found = places(gate(MANY.encode()))
    assert {rule: found[rule] for rule in LINES} == {
        rule: (line, 1 if line == 1 else 5) for rule, line in LINES.items()
    }


@pytest.mark.parametrize(
    ("before", "indent", "newline"),
    [("", "    ", "\r\n"), ("-- Größe\n/* zwei\nZeilen */\n", "\t", "\n"), ("select 'é';\n", " ", "\r\n")],
)
def test_line_ends_tabs_and_other_alphabets_move_nothing(before: str, indent: str, newline: str) -> None:
    content = (before + MANY.replace("    ", indent)).replace("\n", newline)
    found = places(gate(content.encode()))
    lines_before = before.count("\n")
    assert {rule: found[rule][0] - lines_before for rule in LINES} == LINES
    assert {found[rule][1] for rule, line in LINES.items() if line > 1} == {len(indent) + 1}


def test_comments_and_quotes_with_commas_between_subcommands_are_stepped_over() -> None:
    sql = (
        'alter table only "or,ders" -- one, two\n'
        "  add column é text default E'a\\', b', /* three,\n"
        "  four */ add column k text default $q$,$q$,\n"
        "  -- five, six\n"
        "  add column s numeric(10, 2) default round(random()::numeric, 2);"
    )
    assert places(gate(sql.encode()))["add-column-volatile-default"] == (5, 3)


def test_placeholders_in_the_name_do_not_hide_the_subcommands() -> None:
    sql = 'alter table {{ index .Options "Schema" }}.orders\n  add column a int,\n  drop column note;'
    assert places(gate(sql.encode()))["drop-column"] == (3, 3)


def test_of_two_subcommands_of_a_kind_the_one_that_does_it_is_meant() -> None:
    sql = "alter table t\n  add column a int,\n  add column b int default 1,\n  add column c bigserial;"
    assert places(gate(sql.encode()))["add-column-serial"] == (4, 3)


def test_a_column_of_a_new_table_is_pointed_at_in_its_line() -> None:
    found = places(gate(b"create table t (\n  id bigint primary key,\n  made timestamp,\n  word char(3)\n);"))
    assert (found["prefer-timestamptz"], found["ban-char"]) == ((3, 3), (4, 3))


def test_what_the_server_refuses_is_pointed_at() -> None:
    sql = b"create table t (a int);\nalter table t\n  add column b int,\n  drop column nothing;"
    assert places(gate(sql))["refused-by-server"] == (4, 3)


def test_a_statement_of_a_do_block_is_pointed_at_behind_its_indentation() -> None:
    sql = "do $$\nbegin\n    if true then drop table t; end if;\n\talter table o\n\t\tadd a int, drop b;\nend $$;"
    found = places(gate(sql.encode()))
    assert (found["drop-table"], found["drop-column"]) == ((3, 18), (5, 14))


@pytest.mark.parametrize("where", ["above", "inside", "behind"])
def test_a_comment_accepts_the_finding_of_the_whole_statement_wherever_it_stands(where: str) -> None:
    comment = "-- pgaudit: ignore[drop-column] nobody reads it"
    above, inside, behind = ((f"{comment}" if one == where else "") for one in ("above", "inside", "behind"))
    sql = f"{above}\nalter table t\n  add column a int,\n  {inside}\n  drop column note; {behind}\n"
    (found,) = (one for one in gate(sql.encode()).findings if one.rule == "drop-column")
    assert (found.line, found.column) == (5, 3)
    assert found.suppressed is not None
    assert not [one for one in gate(sql.encode()).findings if one.rule == "unused-suppression"]


def test_the_lexer_finds_as_many_subcommands_as_the_parser() -> None:
    seen = 0
    for sql in sorted({statement for case in load_cases() for statement in case.statements}):
        parsed = parse_statement(sql)
        if isinstance(parsed, Parsed) and isinstance(parsed.tree, AlterTable):
            data = sql.encode()
            assert len(subcommand_offsets(data, 0, len(data))) == len(parsed.tree.commands), sql
            seen += 1
    assert seen > 400
