"""TypeORM and Knex, whose literals are read; Rails and Ecto, which are recognised."""

from pathlib import Path

import pytest

from pgaudit.migrations.sources import OpaqueReason, State, Tool, TxMode
from tests.pgaudit.migrations.sources.projects import migrations_at, pending_of, plan_on, states_of, write
from tests.servers import Database

TYPEORM = """import { MigrationInterface, QueryRunner } from "typeorm";
// await queryRunner.query(`drop table commented_out`);
export class AddUsers1700000000001 implements MigrationInterface {
    name = 'AddUsers1700000000001'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE TABLE "user" (
            "id" int)`);
        await queryRunner.query('ALTER TABLE "user" ' + "ADD \\"a\\" int", []);
        await queryRunner.query(`ALTER TABLE ${table} ADD b int`);
        await queryRunner.createIndex("user", new TableIndex());
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`DROP TABLE "user"`);
    }
}
"""


def typeorm_class(name: str, body: str = "", extra: str = "") -> str:
    methods = f"async up(queryRunner) {{ {body} }} async down(queryRunner) {{}}"
    return f"export class {name} implements MigrationInterface {{ {extra} {methods} }}"


def test_typeorm_literals_are_read_with_their_lines_and_the_rest_is_opaque(tmp_path: Path) -> None:
    (migration,) = migrations_at(write(tmp_path, {"src/migrations/1700000000001-AddUsers.ts": TYPEORM}))
    assert [(part.text.split(), part.first_line) for part in migration.parts] == [
        (["CREATE", "TABLE", '"user"', "(", '"id"', "int)"], 7),
        (["ALTER", "TABLE", '"user"', "ADD", '"a"', "int"], 9),
    ]
    assert [(step.reason, step.line) for step in migration.opaque] == [
        (OpaqueReason.INTERPOLATED, 10),
        (OpaqueReason.PROGRAM_CODE, 11),
    ]
    assert (migration.tool, migration.tx_mode) == (Tool.TYPEORM, TxMode.ALL_PENDING)


@pytest.mark.pg(">= 18")
def test_typeorm_is_ordered_by_the_last_thirteen_digits_and_compared_by_name(
    tmp_path: Path, database: Database
) -> None:
    database.execute(
        'create table migrations (id serial primary key, "timestamp" bigint not null, name varchar not null);'
        "insert into migrations (\"timestamp\", name) values (1700000000002, 'Aaa1700000000002');"
    )
    files = {
        "migrations/x.ts": typeorm_class("Bbb1700000000003", extra="transaction = false"),
        "migrations/y.ts": typeorm_class("Zzz1700000000001", "await queryRunner.query('select 1')"),
        "migrations/z.ts": typeorm_class("Aaa1700000000002"),
    }
    result = plan_on(database, write(tmp_path, files))
    assert [(m.version, m.tx_mode) for m in result.pending] == [
        ("Zzz1700000000001", TxMode.ALL_PENDING),
        ("Bbb1700000000003", TxMode.PER_STATEMENT),
    ]


@pytest.mark.pg(">= 18")
def test_a_table_called_migrations_with_batches_is_laravels_and_not_typeorms(
    tmp_path: Path, database: Database
) -> None:
    database.execute(
        "create table migrations (id serial primary key, migration varchar(255) not null, batch integer not null);"
    )
    result = plan_on(database, write(tmp_path, {"migrations/z.ts": typeorm_class("Aaa1700000000002")}))
    assert [assessment.rows for assessment in result.assessments] == [None]


KNEX = {
    "knexfile.js": "module.exports = { migrations: { directory: './db/m' } };",
    "db/m/1_a.js": "exports.up = (knex) => knex.raw('select 1');\nexports.down = (knex) => knex.raw('select 2');",
    "db/m/2_b.ts": "export async function up(knex: Knex) {\n  await knex.schema.createTable('t', (t) => {});\n"
    "  await knex.schema.raw(`alter table t add c int`);\n}\nexport async function down(knex) { await knex.raw('x'); }",
}
OPT_OUT = """exports.config = { transaction: false };
exports.up = (k) => k.raw(`create index concurrently i on t (c)`);
exports.down = () => {};
"""
KNEX_TABLE = (
    "create table knex_migrations (id serial primary key, name varchar(255), batch integer, migration_time timestamp);"
    "create table knex_migrations_lock (index serial primary key, is_locked integer);"
)


@pytest.mark.pg(">= 18")
def test_knex_is_one_transaction_while_no_pending_file_opts_out(tmp_path: Path, database: Database) -> None:
    database.execute(KNEX_TABLE)
    root = write(tmp_path, KNEX)
    result = plan_on(database, root)
    assert [(m.version, m.tx_mode) for m in result.pending] == [
        ("1_a", TxMode.ALL_PENDING),
        ("2_b", TxMode.ALL_PENDING),
    ]
    assert [part.text for part in result.pending[0].parts] == ["select 1"]
    assert [(part.text, part.first_line) for part in result.pending[1].parts] == [("alter table t add c int", 3)]
    assert [step.line for step in result.pending[1].opaque] == [2]
    write(root, {"db/m/3_c.js": OPT_OUT})
    assert [m.tx_mode for m in plan_on(database, root).pending] == [
        TxMode.PER_FILE,
        TxMode.PER_FILE,
        TxMode.PER_STATEMENT,
    ]


@pytest.mark.pg(">= 18")
def test_a_typescript_file_that_knex_ran_compiled_is_the_same_migration(tmp_path: Path, database: Database) -> None:
    database.execute(KNEX_TABLE + "insert into knex_migrations (name, batch) values ('1_a.js', 1), ('2_b.js', 1);")
    assert pending_of(plan_on(database, write(tmp_path, KNEX))) == []


@pytest.mark.pg(">= 18")
def test_rails_migrations_are_opaque_and_their_state_is_read(tmp_path: Path, database: Database) -> None:
    database.execute(
        "create table schema_migrations (version varchar primary key); create table ar_internal_metadata (key varchar);"
        "insert into schema_migrations values ('20240101000000');"
    )
    body = "class X < ActiveRecord::Migration[7.1]\n  disable_ddl_transaction!\n  def change; end\nend\n"
    root = write(tmp_path, {"db/migrate/20240101000000_a.rb": body, "db/migrate/20240102000000_b.rb": body})
    result = plan_on(database, root)
    assert result.project.location.tool is Tool.RAILS
    assert states_of(result) == {"20240101000000": State.APPLIED, "20240102000000": State.OPAQUE}
    assert [m.tx_mode for m in result.pending] == [TxMode.PER_STATEMENT]


@pytest.mark.pg(">= 18")
def test_ecto_migrations_are_opaque_and_their_state_is_read(tmp_path: Path, database: Database) -> None:
    database.execute(
        "create table schema_migrations (version bigint primary key, inserted_at timestamp(0));"
        "insert into schema_migrations values (20240101000000, now());"
    )
    body = "defmodule A do\n  use Ecto.Migration\nend\n"
    files = {f"priv/repo/migrations/2024010{n}000000_x.exs": body for n in (1, 2)}
    result = plan_on(database, write(tmp_path, files | {"mix.exs": ""}))
    assert (result.project.location.tool, pending_of(result)) == (Tool.ECTO, ["20240102000000"])
