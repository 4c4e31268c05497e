"""What `pgaudit gate` says to files, folders and servers that are not as they should be: one line, a true code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pgaudit.errors import ExitCode
from pgaudit.reports.gate_contract import GateReport, from_json
from tests.pgaudit.cli.running import ROOT, Ran, command, environment, pgaudit
from tests.servers import Database

INDEX = "create table notes (id int);\n\ncreate index on public.orders (id);\n"
MEGABYTES_ALLOWED = 300


def gate(folder: Path, *arguments: str) -> Ran:
    return pgaudit("gate", *arguments, cwd=folder)


def report(ran: Ran) -> GateReport:
    assert "Traceback" not in ran.err
    return from_json(ran.out)


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_an_empty_file_is_clean_and_has_no_statement(tmp_path: Path) -> None:
    write(tmp_path / "1.sql", "")
    ran = gate(tmp_path, "1.sql", "-f", "json", "--strict")
    assert ran.code == ExitCode.CLEAN
    assert not report(ran).statements


def test_a_binary_file_is_said_not_to_be_judged_and_fails_a_strict_run(tmp_path: Path) -> None:
    write(tmp_path / "1.sql", b"\x00PGDMP\x00\xff\xfe" * 500)
    ran = gate(tmp_path, "1.sql", "-f", "json")
    assert ran.code == ExitCode.CLEAN
    assert [note for note in report(ran).notes if "1.sql:1: not judged: binary file" in note]
    assert gate(tmp_path, "1.sql", "--strict").code == ExitCode.INCOMPLETE


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_another_encoding_and_line_end_give_the_same_findings_on_the_same_lines(tmp_path: Path, encoding: str) -> None:
    write(tmp_path / "a" / "1.sql", INDEX)
    write(tmp_path / "b" / "1.sql", INDEX.replace("\n", "\r\n").encode(encoding))
    plain, other = (gate(tmp_path / folder, "1.sql", "-f", "json") for folder in "ab")
    assert plain.code == other.code == ExitCode.FINDINGS
    places = [(finding.rule, finding.line, finding.column) for finding in report(other).findings]
    assert places == [(finding.rule, finding.line, finding.column) for finding in report(plain).findings]
    assert {line for _, line, _ in places} == {3}


def test_a_path_that_does_not_exist_is_a_fault_of_the_call(tmp_path: Path) -> None:
    ran = gate(tmp_path, "nonesuch")
    assert ran.code == ExitCode.USAGE
    assert ran.error_lines == [
        "pgaudit: nonesuch does not exist: give the folder or the files of the migrations",
    ]


def test_a_folder_without_migrations_is_answered_with_the_call_that_names_one(tmp_path: Path) -> None:
    ran = gate(tmp_path, str(tmp_path))
    assert ran.code == ExitCode.TARGET
    (said,) = ran.error_lines
    assert said.endswith("name their folder or files: pgaudit gate FOLDER")


def test_two_tools_in_one_folder_are_both_named_with_the_option_that_chooses(tmp_path: Path) -> None:
    write(tmp_path / "prisma/migrations/1_a/migration.sql", "create table a (id int);")
    write(tmp_path / "prisma/migrations/migration_lock.toml", 'provider = "postgresql"')
    write(tmp_path / "db/migrations/20200101000000_b.sql", "-- migrate:up\ncreate table b (id int);\n-- migrate:down\n")
    ran = gate(tmp_path)
    assert ran.code == ExitCode.USAGE
    (line,) = ran.error_lines
    assert all(word in line for word in ("prisma", "dbmate", "--migration-tool"))
    chosen = gate(tmp_path, "--migration-tool", "dbmate", "-f", "json")
    assert [statement.sql for statement in report(chosen).statements] == ["create table b (id int)"]


def test_two_heads_of_alembic_are_a_finding(tmp_path: Path) -> None:
    write(tmp_path / "alembic.ini", "[alembic]\nscript_location = db\n")
    write(tmp_path / "db/env.py", "")
    for name, below in (("a1", "None"), ("b2", "'a1'"), ("c3", "'a1'")):
        text = f"revision = '{name}'\ndown_revision = {below}\n\n\ndef upgrade():\n    pass\n"
        write(tmp_path / f"db/versions/{name}.py", text)
    ran = gate(tmp_path, "-f", "json")
    assert ran.code == ExitCode.FINDINGS
    (found,) = [finding for finding in report(ran).findings if finding.rule == "migrations-several-heads"]
    assert "b2" in found.message
    assert "c3" in found.message


@pytest.mark.pg("== 18")
def test_a_state_table_that_may_not_be_read_makes_pending_unknown_and_names_the_grant(
    database: Database, tmp_path: Path
) -> None:
    write(tmp_path / "migrations/1_a.up.sql", "create table a (id int);")
    write(tmp_path / "migrations/2_b.up.sql", "create table b (id int);")
    database.execute("create table public.schema_migrations (version bigint primary key, dirty boolean not null)")
    database.execute("insert into public.schema_migrations values (1, false)")
    database.execute("create role gate_reader login")
    try:
        dsn = f"{database.dsn} user=gate_reader"
        ran = gate(tmp_path, "migrations", "-d", dsn, "-f", "json")
        told = " ".join(report(ran).notes)
        assert 'grant select on "public"."schema_migrations" to "gate_reader"' in told
        assert len(report(ran).statements) == 2
    finally:
        database.execute("drop role gate_reader")


@pytest.mark.parametrize("major", ["12", "99"])
def test_a_major_version_that_is_not_known_is_refused(tmp_path: Path, major: str) -> None:
    write(tmp_path / "1.sql", "create table a (id int);")
    ran = gate(tmp_path, "1.sql", "--pg-version", major)
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert "choose 13 to 18" in ran.err


def test_syntax_that_the_server_does_not_have_yet_is_told(tmp_path: Path) -> None:
    write(tmp_path / "1.sql", "create table a (id int unique nulls not distinct);")
    old, new = (gate(tmp_path, "1.sql", "--pg-version", major, "-f", "json") for major in ("14", "15"))
    assert old.code == ExitCode.FINDINGS
    assert [finding.rule for finding in report(old).findings] == ["syntax-newer-than-server"]
    assert new.code == ExitCode.CLEAN


def test_links_that_lead_back_are_walked_once(tmp_path: Path) -> None:
    write(tmp_path / "sql/1.sql", "create table a (id int);")
    (tmp_path / "sql/back").symlink_to(tmp_path / "sql")
    (tmp_path / "sql/self.sql").symlink_to("self.sql")
    ran = gate(tmp_path, "sql", "-f", "json")
    assert ran.code == ExitCode.CLEAN
    assert len(report(ran).statements) == 1


def test_ten_thousand_pending_files_are_all_judged(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    for number in range(10_000):
        (folder / f"{number}_m.up.sql").write_text("select 1;\n")
    (folder / "9999_m.up.sql").write_text("create index on public.orders (id);\n")
    ran = gate(tmp_path, "migrations", "-f", "json")
    assert ran.code == ExitCode.FINDINGS
    assert len(report(ran).statements) == 10_000
    assert {Path(finding.file).name for finding in report(ran).findings} == {"9999_m.up.sql"}


@pytest.mark.parametrize("row_count", [1, 5_000])
def test_fifty_megabytes_are_judged_below_300_mb_of_memory(tmp_path: Path, row_count: int) -> None:
    row = "x" * (50_000_000 // row_count)
    with (tmp_path / "1.sql").open("w") as file:
        file.writelines(f"insert into notes (note) values ('{row}');\n" for _ in range(row_count))
    module = command("gate", "1.sql", "--profile", "pedantic", "-f", "json", "-o", "out.json")[2:]
    program = (
        "import atexit, runpy, sys\n"
        "def peak():\n"
        "    line = next(one for one in open('/proc/self/status') if one.startswith('VmHWM'))\n"
        "    print('peak', line.split()[1], file=sys.stderr)\n"
        "atexit.register(peak)\n"
        f"sys.argv = {module!r}\n"
        f"runpy.run_module({module[0]!r}, run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        cwd=tmp_path,
        env=environment({"PYTHONPATH": str(ROOT)}),
        capture_output=True,
    )
    assert done.returncode == ExitCode.CLEAN, done.stderr
    peak_kilobytes = int(done.stderr.decode().split("peak ")[1].split()[0])
    assert peak_kilobytes < MEGABYTES_ALLOWED * 1024
