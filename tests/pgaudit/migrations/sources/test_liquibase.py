import hashlib
from pathlib import Path

import pytest

from pgaudit.migrations.sources import OpaqueReason, State, Tool, TxMode
from pgaudit.migrations.sources.errors import BadProjectFileError
from pgaudit.migrations.sources.liquibase import normalised
from tests.pgaudit.migrations.sources.projects import migrations_at, plan_on, states_of, write
from tests.servers import Database

TABLE = """
create table databasechangelog (
    id varchar(255) not null, author varchar(255) not null, filename varchar(255) not null,
    dateexecuted timestamp not null,
    orderexecuted integer not null, exectype varchar(10) not null, md5sum varchar(35), description varchar(255),
    comments varchar(255), tag varchar(255), liquibase varchar(20), contexts varchar(255), labels varchar(255),
    deployment_id varchar(10));
"""
SQL = """--liquibase formatted sql

--changeset ann:1 labels:x
create table a (id int);
--rollback drop table a;

--changeset ann:2 runInTransaction:false
create index concurrently i on a (id);

-- changeset "bob smith":"three 3" runOnChange:true endDelimiter:/ stripComments:false
create view v as select 1;
/
create view w as select 2;
/

--changeset ann:4 dbms:mysql
create table only_mysql (id int);
"""


def row(identifier: str, author: str, filename: str, kind: str = "EXECUTED", md5: str = "9:0") -> str:
    return (
        f"insert into databasechangelog values ('{identifier}', '{author}', '{filename}', now(), 1, '{kind}', '{md5}',"
        " '', '', null, '4.29.0', null, null, '1');"
    )


def test_changesets_carry_lines_and_transaction_marks_and_other_databases_are_left_out(tmp_path: Path) -> None:
    found = migrations_at(write(tmp_path, {"changes.sql": SQL}))
    assert [(m.version, m.parts[0].first_line, m.tx_mode) for m in found] == [
        ("changes.sql::1::ann", 3, TxMode.PER_FILE),
        ("changes.sql::2::ann", 7, TxMode.PER_STATEMENT),
        ("changes.sql::three 3::bob smith", 10, TxMode.PER_FILE),
    ]
    views = found[2].parts[0].text.splitlines()
    assert views[1:5] == ["create view v as select 1;", ";", "create view w as select 2;", ";"]


@pytest.mark.pg(">= 18")
def test_a_recorded_file_name_may_carry_a_classpath_prefix(tmp_path: Path, database: Database) -> None:
    database.execute(TABLE + row("1", "ann", "classpath:changes.sql") + row("gone", "x", "old.sql"))
    result = plan_on(database, write(tmp_path, {"changes.sql": SQL}))
    assert states_of(result) == {
        "changes.sql::1::ann": State.APPLIED,
        "changes.sql::2::ann": State.PENDING,
        "changes.sql::three 3::bob smith": State.PENDING,
        "old.sql::gone::x": State.MISSING_ON_DISK,
    }
    assert normalised("classpath:/db\\a.sql") == "db/a.sql"


@pytest.mark.pg(">= 18")
def test_run_on_change_is_pending_again_unless_its_checksum_is_certainly_the_same(
    tmp_path: Path, database: Database
) -> None:
    database.execute(TABLE + row("three 3", "bob smith", "changes.sql") + row("1", "ann", "changes.sql", "MARK_RAN"))
    states = states_of(plan_on(database, write(tmp_path, {"changes.sql": SQL})))
    assert states["changes.sql::three 3::bob smith"] is State.PENDING
    assert states["changes.sql::1::ann"] is State.APPLIED


@pytest.mark.parametrize(
    ("name", "changelog"),
    [
        (
            "db.changelog-master.yaml",
            (
                "databaseChangeLog:\n  - include:\n      file: b/second.sql\n  - changeSet:\n      id: y1\n"
                "      author: ann\n      changes:\n        - dropTable: {tableName: q}\n"
                "  - include: {file: first.sql, relativeToChangelogFile: true}\n"
            ),
        ),
        (
            "db.changelog-master.xml",
            (
                "<databaseChangeLog>\n<!-- <include file='no.sql'/> --><include file='b/second.sql'/>\n"
                '<changeSet id="y1" author="ann"><dropTable tableName="q"/></changeSet>\n'
                '<include file="first.sql" relativeToChangelogFile="true"/></databaseChangeLog>'
            ),
        ),
        (
            "db.changelog-master.json",
            (
                '{"databaseChangeLog": [{"include": {"file": "b/second.sql"}},'
                '{"changeSet": {"id": "y1", "author": "ann", "changes": []}},'
                '{"include": {"file": "first.sql", "relativeToChangelogFile": true}}]}'
            ),
        ),
    ],
)
def test_the_root_changelog_decides_the_order_and_its_own_changesets_are_opaque(
    tmp_path: Path, name: str, changelog: str
) -> None:
    head = "--liquibase formatted sql\n--changeset ann:{}\nselect 1;\n"
    files = {name: changelog, "b/second.sql": head.format("s"), "first.sql": head.format("f"), "not_included.sql": head}
    found = migrations_at(write(tmp_path, files), Tool.LIQUIBASE)
    assert [migration.name for migration in found] == ["s", "y1", "f"]
    assert [step.reason for step in found[1].opaque] == [OpaqueReason.UNSUPPORTED_FORMAT]


def test_include_all_takes_a_folder_in_order_and_a_changelog_that_includes_itself_ends(tmp_path: Path) -> None:
    head = "--liquibase formatted sql\n--changeset ann:{}\nselect 1;\n"
    files = {
        "db.changelog-master.yaml": "databaseChangeLog:\n- includeAll:\n    path: sql\n"
        "- include:\n    file: db.changelog-master.yaml\n",
        "sql/2.sql": head.format("2"),
        "sql/1.sql": head.format("1"),
    }
    assert [migration.name for migration in migrations_at(write(tmp_path, files))] == ["1", "2"]


def test_an_included_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"db.changelog-master.yaml": "databaseChangeLog:\n- include:\n    file: nope.sql\n"})
    with pytest.raises(BadProjectFileError, match=r"includes 'nope\.sql', which does not exist"):
        migrations_at(tmp_path)


def test_properties_of_the_file_are_put_in_and_unknown_ones_stay(tmp_path: Path) -> None:
    text = (
        "--liquibase formatted sql\n--property name:owner value:app\n"
        "--changeset ann:1\nalter table a owner to ${owner};\nselect ${other};\n"
    )
    (migration,) = migrations_at(write(tmp_path, {"a.sql": text}))
    assert migration.parts[0].text.split("\n")[1:3] == ["alter table a owner to app;", "select ${other};"]


@pytest.mark.pg(">= 18")
def test_run_on_change_with_the_checksum_of_its_text_without_white_space_is_applied(
    tmp_path: Path, database: Database
) -> None:
    head = "--liquibase formatted sql\n--changeset ann:1 runOnChange:true\n"
    text = head + "create  view v as\n select 1;\n--rollback drop view v;"
    inner = hashlib.md5(b"createviewvasselect1;", usedforsecurity=False).hexdigest()
    outer = hashlib.md5(f"9:{inner}:".encode(), usedforsecurity=False).hexdigest()
    database.execute(TABLE + row("1", "ann", "a.sql", md5=f"9:{outer}"))
    assert states_of(plan_on(database, write(tmp_path, {"a.sql": text}))) == {"a.sql::1::ann": State.APPLIED}
