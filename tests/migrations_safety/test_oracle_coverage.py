"""No node of the grammar goes unmeasured."""

import pytest
from pglast import ast, enums

from tests.migrations_safety.oracle import load_cases
from tests.migrations_safety.oracle.coverage import (
    EXCLUDED,
    TABLE,
    count,
    grammar_nodes,
    nodes_of,
    render,
    situations_of,
)

TABLE_SITUATIONS = {
    "cascade",
    "check",
    "default_partition",
    "domain",
    "empty",
    "fk_in",
    "fk_out",
    "index",
    "inheritance_child",
    "inheritance_parent",
    "inside_transaction",
    "leaf",
    "matview",
    "partitioned",
    "policy",
    "rows",
    "rule",
    "temporary",
    "trigger",
    "view",
}
"""What ALTER TABLE must have been tried in."""


def test_every_node_of_the_grammar_has_a_case() -> None:
    counts, _ = count()
    assert [node for node, counter in counts.items() if not counter] == []


def test_alter_table_has_a_case_in_every_situation() -> None:
    counts, _ = count()
    assert TABLE_SITUATIONS - {situation for situation, cases in counts["AlterTableStmt"].items() if cases} == set()


@pytest.mark.parametrize(
    "node",
    ["AT_AddColumn", "AT_DropColumn", "AT_SetNotNull", "AT_AlterColumnType", "AT_AddConstraint", "AT_DropConstraint"],
)
def test_the_frequent_subcommands_have_a_case_in_every_situation(node: str) -> None:
    counts, _ = count()
    lost = TABLE_SITUATIONS - {situation for situation, cases in counts[node].items() if cases}
    # Only what drops has CASCADE.
    assert lost - {"cascade"} == set()


@pytest.mark.parametrize(
    "node", ["IndexStmt", "TruncateStmt", "DropStmt", "CreateTrigStmt", "UpdateStmt", "SelectStmt"]
)
def test_the_frequent_statements_are_tried_on_tables_of_every_make(node: str) -> None:
    counts, _ = count()
    wanted = {
        "empty",
        "rows",
        "fk_in",
        "fk_out",
        "partitioned",
        "default_partition",
        "leaf",
        "inheritance_parent",
        "view",
    }
    assert wanted - {situation for situation, cases in counts[node].items() if cases} == set()


def test_what_is_excluded_exists_in_the_grammar() -> None:
    assert set(EXCLUDED) <= {*dir(ast), *enums.AlterTableType.__members__} - set(grammar_nodes())


def test_what_is_excluded_is_really_never_written_in_a_case() -> None:
    written = {node for case in load_cases() for statement in case.statements for node in nodes_of(statement)}
    # The body of a function may hold a RETURN.
    assert written & set(EXCLUDED) <= {"ReturnStmt"}


def test_there_are_enough_cases() -> None:
    assert len(load_cases()) >= 1_500


def test_the_situations_of_a_case_come_from_its_world_its_text_and_its_transaction() -> None:
    case = next(case for case in load_cases() if case.name == "column/drop_column_cascade@fk_out")
    assert {"fk_out", "cascade", "rows", "inside_transaction"} <= situations_of(case)


def test_the_coverage_table_is_current() -> None:
    assert TABLE.read_text(encoding="utf-8") == render()
