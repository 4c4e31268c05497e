"""The typed statements name fields of the grammar, and hold what the statement says."""

import msgspec
import pytest
from pglast import ast

from probes.sql.parse import Parsed, parse_statement
from probes.sql.queries import Reached, RelationUse, reach
from probes.sql.tree import decode
from probes.sql.tree.administration import Grant
from probes.sql.tree.atoms import (
    Alias,
    CollateClause,
    FunctionCall,
    PartitionBound,
    PartitionCmd,
    PublicationTable,
    StatementNode,
)
from probes.sql.tree.data import OnConflict
from probes.sql.tree.decode import Other
from probes.sql.tree.enums import AlterTableType, ConstraintType, ObjectType, TransactionKind
from probes.sql.tree.parts import ColumnDef, Constraint, DefElem, Item, PartitionSpec
from probes.sql.tree.tables import AlterTable, AlterTableCommand, CreateIndex, CreateTable, Drop, Into
from probes.sql.tree.utility import Set, Transaction, Vacuum

HOMES: dict[str, tuple[str, str]] = decode._HOMES
NOT_STATEMENTS = {"RawStmt", "PLAssignStmt", "ReturnStmt", "SetOperationStmt", "ReplicaIdentityStmt"}


def grammar_fields(node: str) -> set[str]:
    return {"def" if name == "def_" else name for name in getattr(ast, node).__slots__}


def wire_fields(struct: type) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(struct)}


def test_every_statement_of_the_grammar_has_a_class() -> None:
    statements = {name for name in vars(ast) if name.endswith("Stmt")} - NOT_STATEMENTS
    assert statements == set(HOMES)


@pytest.mark.parametrize("kind", HOMES)
def test_fields_of_a_statement_exist_in_the_grammar(kind: str) -> None:
    decoder = decode._decoder(kind)
    assert decoder is not None
    assert wire_fields(decoder.type) <= grammar_fields(kind)


def test_fields_of_every_part_exist_in_the_grammar() -> None:
    values = {"A_Const": {"ival", "fval", "sval", "boolval", "bsval", "location"}}  # a union in C
    parts = {field.encode_name: field.type.__args__[0] for field in msgspec.structs.fields(Item)}
    del parts["List"]
    parts |= {
        "Alias": Alias, "AlterTableCmd": AlterTableCommand, "CollateClause": CollateClause, "FuncCall": FunctionCall,
        "IntoClause": Into, "OnConflictClause": OnConflict, "PartitionBoundSpec": PartitionBound,
        "PartitionSpec": PartitionSpec, "PublicationTable": PublicationTable,
    }  # fmt: skip
    for node, struct in parts.items():
        assert wire_fields(struct) <= grammar_fields(node) | values.get(node, set()), node


def tree_of(sql: str) -> StatementNode:
    found = parse_statement(sql)
    assert isinstance(found, Parsed), found
    assert not isinstance(found.tree, Other)
    return found.tree


def test_alter_table_holds_its_subcommands() -> None:
    tree = tree_of(
        "alter table if exists only s.t add column a varchar(10) not null default 5, drop constraint x cascade, "
        "attach partition p for values from (1) to (2)".replace(", attach", "; --")
    )
    assert isinstance(tree, AlterTable)
    assert (tree.relation.parts, tree.relation.inherits, tree.missing_ok) == (("s", "t"), False, True)
    add, drop = tree.commands
    assert (add.kind, drop.kind, drop.name, drop.cascade) == (
        AlterTableType.ADD_COLUMN, AlterTableType.DROP_CONSTRAINT, "x", True,
    )  # fmt: skip
    column = add.definition
    assert isinstance(column, ColumnDef)
    assert column.type is not None
    assert (column.name, column.type.names, column.type.typmods) == ("a", ("pg_catalog", "varchar"), (10,))
    assert [each.kind for each in column.constraints] == [ConstraintType.NOTNULL, ConstraintType.DEFAULT]


def test_partition_command_and_options_are_decoded() -> None:
    attach = tree_of("alter table t attach partition p for values in (1, 2)")
    assert isinstance(attach, AlterTable)
    command = attach.commands[0].definition
    assert isinstance(command, PartitionCmd)
    assert command.bound is not None
    assert (command.partition.name, command.bound.strategy, len(command.bound.list_values)) == ("p", "l", 2)
    options = tree_of("alter table t set (fillfactor = 70, autovacuum_enabled)")
    assert isinstance(options, AlterTable)
    found = options.commands[0].definition
    assert isinstance(found, tuple)
    assert [(each.name, each.value, each.is_on) for each in found if isinstance(each, DefElem)] == [
        ("fillfactor", 70, True), ("autovacuum_enabled", None, True),
    ]  # fmt: skip


def test_table_constraints_hold_keys_and_partners() -> None:
    tree = tree_of(
        "create table t (a int, foreign key (a) references s.p (id) on delete cascade not valid, "
        "exclude using gist (a with =, lower(b) with &&)) partition by range (a)"
    )
    assert isinstance(tree, CreateTable)
    foreign, exclude = [each for each in tree.elements if isinstance(each, Constraint)]
    assert foreign.referenced is not None
    assert (foreign.referencing_columns, foreign.referenced.parts, foreign.referenced_columns) == (
        ("a",),
        ("s", "p"),
        ("id",),
    )
    assert (foreign.on_delete, foreign.skip_validation) == ("c", True)
    assert [(element.name, operator) for element, operator in exclude.exclusions] == [("a", ("=",)), (None, ("&&",))]
    assert tree.partition_by is not None
    assert [element.name for element in tree.partition_by.elements] == ["a"]


def test_index_drop_grant_vacuum_set_and_transaction_hold_what_they_say() -> None:
    index = tree_of("create unique index concurrently if not exists i on t using gin (a gin_trgm_ops desc) include (b)")
    assert isinstance(index, CreateIndex)
    assert (index.name, index.concurrent, index.access_method, index.elements[0].opclass, index.including[0].name) == (
        "i", True, "gin", ("gin_trgm_ops",), "b",
    )  # fmt: skip
    drop = tree_of("drop table a.b, c cascade")
    assert isinstance(drop, Drop)
    assert (drop.objects, drop.object_type, drop.cascade) == ((("a", "b"), ("c",)), ObjectType.TABLE, True)
    grant = tree_of("grant select (a), insert on t to public")
    assert isinstance(grant, Grant)
    assert [(each.name, each.columns) for each in grant.privileges] == [("select", ("a",)), ("insert", ())]
    vacuum = tree_of("vacuum (full, analyze off) t (a)")
    assert isinstance(vacuum, Vacuum)
    assert [(each.name, each.is_on) for each in vacuum.options] == [("full", True), ("analyze", False)]
    assert [(each.relation.name, each.columns) for each in vacuum.relations if each.relation] == [("t", ("a",))]
    setting = tree_of("set local lock_timeout = '3s'")
    assert isinstance(setting, Set)
    assert (setting.name, setting.args, setting.is_local) == ("lock_timeout", ("3s",), True)
    savepoint = tree_of("rollback to savepoint x")
    assert isinstance(savepoint, Transaction)
    assert (savepoint.kind, savepoint.savepoint) == (TransactionKind.ROLLBACK_TO, "x")


def reached(sql: str) -> set[tuple[tuple[str, ...], RelationUse]]:
    found = parse_statement(sql)
    assert isinstance(found, Parsed)
    relations: tuple[Reached, ...] = reach(found.kind, found.source).relations
    return {(each.parts, each.use) for each in relations}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select * from a join s.b on true, lateral (select 1 from c) x", {"a read", "s.b read", "c read"}),
        ("insert into t select * from u where exists (select from v)", {"t insert", "u read", "v read"}),
        ("update t set a = (select max(x) from u) from v where v.id = t.id", {"t update", "u read", "v read"}),
        ("delete from t using u", {"t delete", "u read"}),
        ("merge into t using u on true when matched then delete", {"t merge", "u read"}),
        ("with w as (select * from a) select * from w", {"a read"}),
        ("with a as (select * from a) select * from a", {"a read"}),
        ("with w as (delete from a returning *) insert into b select * from w", {"a delete", "b insert"}),
        ("select 1 from a union all (select 2 from b except select 3 from c)", {"a read", "b read", "c read"}),
        ("select * from a, b for update of b", {"a read", "b read", "b lock_rows"}),
        ("explain select * from a", {"a read"}),
        ("create view v as select * from a", {"a read"}),
    ],
)
def test_query_reaches_relations_through_every_clause(sql: str, expected: set[str]) -> None:
    assert {f"{'.'.join(parts)} {use.value}" for parts, use in reached(sql)} == expected
