import zlib
from pathlib import Path

import pytest

from pgaudit.migrations.sources import ProblemKind, Rerun, State, TxMode
from pgaudit.migrations.sources.flyway_states import version_key
from tests.pgaudit.migrations.sources.projects import migrations_at, pending_of, plan_on, states_of, write
from tests.servers import Database

TABLE = """
create table flyway_schema_history (
    installed_rank integer primary key, version varchar(50), description varchar(200) not null,
    type varchar(20) not null, script varchar(1000) not null, checksum integer, installed_by varchar(100) not null,
    installed_on timestamp not null default now(), execution_time integer not null, success boolean not null);
"""
SQL = "create table a (id int);\nselect 1;"
FILES = {
    "sql/V1__first.sql": SQL,
    "sql/V1_2__second_thing.sql": SQL,
    "sql/V1.10__third.sql": SQL,
    "sql/U1__undo.sql": SQL,
    "sql/sub/V2__below.sql": SQL,
    "sql/R__view.sql": SQL,
    "sql/beforeMigrate.sql": SQL,
}


def signed_crc32(text: str) -> int:
    """What the manual describes: CRC-32 over the lines without their ends, in 32 bits with a sign."""
    crc = zlib.crc32("".join(text.splitlines()).encode())
    return crc - (1 << 32) if crc & (1 << 31) else crc


def row(rank: int, version: str | None, text: str | None = SQL, kind: str = "SQL", *, success: bool = True) -> str:
    shown = "null" if version is None else f"'{version}'"
    checksum = "null" if text is None else str(signed_crc32(text))
    description = "view" if version is None else "x"
    return (
        f"insert into flyway_schema_history values ({rank}, {shown}, '{description}', '{kind}', 's', {checksum}, 'me',"
        f" now(), 1, {success});"
    )


def test_versions_compare_part_by_part_and_repeatables_come_last(tmp_path: Path) -> None:
    found = migrations_at(write(tmp_path, FILES))
    assert [migration.version for migration in found] == ["1", "1.2", "1.10", "2", "R__view"]
    assert found[-1].rerun is Rerun.ON_CHANGE
    assert found[1].name == "second thing"
    assert version_key("1.0.0") == version_key("1")


@pytest.mark.pg(">= 18")
def test_versioned_ones_run_once_and_repeatables_when_their_checksum_differs(
    tmp_path: Path, database: Database
) -> None:
    database.execute(TABLE + row(1, "1") + row(2, "1.2", "other") + row(3, None, "old view"))
    result = plan_on(database, write(tmp_path, FILES))
    assert states_of(result) == {
        "1": State.APPLIED,
        "1.2": State.EDITED,
        "1.10": State.PENDING,
        "2": State.PENDING,
        "R__view": State.PENDING,
    }


@pytest.mark.pg(">= 18")
def test_an_unchanged_repeatable_is_applied_whatever_its_line_ends(tmp_path: Path, database: Database) -> None:
    database.execute(TABLE + row(1, None, SQL))
    crlf = {"sql/R__view.sql": b"\xef\xbb\xbf" + SQL.replace("\n", "\r\n").encode()}
    assert states_of(plan_on(database, write(tmp_path, crlf))) == {"R__view": State.APPLIED}


@pytest.mark.pg(">= 18")
def test_the_baseline_row_hides_what_is_below_it(tmp_path: Path, database: Database) -> None:
    database.execute(TABLE + row(1, "1.10", None, "BASELINE"))
    assert pending_of(plan_on(database, write(tmp_path, FILES))) == ["2", "R__view"]


@pytest.mark.pg(">= 18")
def test_a_row_without_success_is_failed_and_a_version_below_the_newest_is_refused(
    tmp_path: Path, database: Database
) -> None:
    database.execute(TABLE + row(1, "1") + row(2, "1.10") + row(3, "2", success=False))
    root = write(tmp_path, FILES)
    states = states_of(plan_on(database, root))
    assert (states["1.2"], states["2"]) == (State.OUT_OF_ORDER, State.FAILED)
    write(root, {"flyway.toml": "[flyway]\nlocations = ['filesystem:sql']\noutOfOrder = true\n"})
    assert states_of(plan_on(database, root))["1.2"] is State.PENDING


@pytest.mark.pg(">= 18")
def test_an_undone_version_is_pending_again(tmp_path: Path, database: Database) -> None:
    database.execute(TABLE + row(1, "1") + row(2, "2") + row(3, "2", None, "UNDO_SQL"))
    assert states_of(plan_on(database, write(tmp_path, FILES)))["2"] is State.PENDING


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX CONCURRENTLY i ON a (id);",
        "create unique /* c */ index concurrently if not exists i on a (id);",
        "drop index concurrently i;",
        "vacuum a;",
        "reindex schema public;",
        "alter system set work_mem = '1MB';",
        "create database d;",
        "discard all;",
    ],
)
def test_statements_of_flyways_list_run_outside_a_transaction(tmp_path: Path, statement: str) -> None:
    (migration,) = migrations_at(write(tmp_path, {"V1__a.sql": f"-- why\n{statement}"}))
    assert migration.tx_mode is TxMode.PER_STATEMENT
    assert not migration.remarks


@pytest.mark.parametrize(
    "statement",
    [
        "reindex index concurrently i;",
        "alter table p detach partition q concurrently;",
        "select 'create index concurrently i on a (id)';",
        "-- vacuum\ncreate table b (id int);",
    ],
)
def test_statements_that_are_not_in_flyways_list_run_inside_one(tmp_path: Path, statement: str) -> None:
    (migration,) = migrations_at(write(tmp_path, {"V1__a.sql": statement}))
    assert migration.tx_mode is TxMode.PER_FILE


def test_mixing_both_kinds_is_refused_unless_mixed_is_set(tmp_path: Path) -> None:
    root = write(tmp_path, {"V1__a.sql": "set lock_timeout = '1s'; create index concurrently i on a (id);"})
    (migration,) = migrations_at(root)
    assert [remark.kind for remark in migration.remarks] == [ProblemKind.MIXED_TRANSACTIONS]
    write(root, {"flyway.conf": "flyway.locations=filesystem:.\nflyway.mixed=true\n"})
    (migration,) = migrations_at(root)
    assert (migration.remarks, migration.tx_mode) == ((), TxMode.PER_STATEMENT)


def test_sidecar_and_group_change_the_transaction_and_known_placeholders_are_replaced(tmp_path: Path) -> None:
    files = {
        "flyway.toml": "[flyway]\nlocations = ['filesystem:sql']\ngroup = true\n[flyway.placeholders]\nowner = 'app'\n",
        "sql/V1__a.sql": "alter table a owner to ${owner};\nalter table ${other} add b int;",
        "sql/V2__b.sql": "select 1;",
        "sql/V2__b.sql.conf": "executeInTransaction=false\n",
    }
    first, second = migrations_at(write(tmp_path, files))
    assert first.parts[0].text == "alter table a owner to app;\nalter table ${other} add b int;"
    assert (first.tx_mode, second.tx_mode) == (TxMode.ALL_PENDING, TxMode.PER_STATEMENT)


@pytest.mark.pg(">= 18")
def test_on_an_empty_database_the_newest_baseline_script_stands_for_what_is_below(
    tmp_path: Path, database: Database
) -> None:
    database.execute(TABLE)
    root = write(tmp_path, FILES | {"sql/B1.10__base.sql": SQL})
    result = plan_on(database, root)
    assert [migration.path.name for migration in result.pending] == ["B1.10__base.sql", "V2__below.sql", "R__view.sql"]
