"""The smaller commands, the help, and what starting costs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from pgaudit.config import load_configuration
from probes.check import built_in_checks
from tests.pgaudit.cli.running import ROOT, environment, json_of, pgaudit
from tests.servers import Database, private_cluster

HEAVY = ("anthropic", "alembic", "pandas", "sqlalchemy", "psycopg", "pglast", "rich", "msgspec", "starlette", "pygal")
COMMANDS = (
    "scan", "gate", "snapshot", "checks", "rules", "explain", "doctor", "demo", "grants", "suppress", "init", "queries",
    "ask", "diff", "history", "serve",
)  # fmt: skip


def test_help_names_every_command_and_every_exit_code() -> None:
    ran = pgaudit("--help")
    assert ran.code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in ran.out
    for code in ("0 clean", "1 findings", "2 usage", "3 ", "4 ", "5 ", "130"):
        assert code in ran.out
    assert "not the pgAudit extension" in " ".join(ran.out.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_stands_in_the_readme(command: str) -> None:
    assert pgaudit(command, "--help").code == 0
    assert (
        f"pgaudit {command}" in (ROOT / "README.md").read_text()
        or f"make {command}" in (ROOT / "README.md").read_text()
    )


def test_starting_the_program_imports_nothing_heavy() -> None:
    script = "import sys; from pgaudit.cli.main import application; application(); print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded & set(HEAVY) == set()


def test_an_interruption_while_the_program_is_loaded_is_one_line_and_130() -> None:
    script = (
        "import builtins; loading = builtins.__import__\n"
        "def interrupted(name, *rest):\n"
        "    if name == 'typer': raise KeyboardInterrupt\n"
        "    return loading(name, *rest)\n"
        "builtins.__import__ = interrupted\n"
        "from pgaudit.cli import start; start()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 130
    assert done.stderr.splitlines() == ["pgaudit: stopped by SIGINT: nothing was begun"]


def test_checks_lists_every_check_as_text_and_json() -> None:
    listed = json_of(pgaudit("checks", "--format", "json").out)
    assert [row["id"] for row in listed] == [check.id for check in built_in_checks()]
    text = pgaudit("checks").out
    assert all(check.id in text for check in built_in_checks())
    assert pgaudit("checks", "--format", "xml").code == 2


def test_explain_prints_the_page_and_helps_with_a_misspelling() -> None:
    ran = pgaudit("explain", "unindexed_foreign_key")
    assert ran.code == 0
    for heading in ("Why it matters", "When it is harmless", "How to fix it safely", "How it is decided", "Sources"):
        assert heading in ran.out
    wrong = pgaudit("explain", "indexes/unindexed_foreign_kye")
    assert wrong.code == 2
    assert "indexes/unindexed_foreign_key" in wrong.err


def test_rules_lists_every_rule_as_text_and_json() -> None:
    ran = pgaudit("rules")
    listed = json_of(pgaudit("rules", "-f", "json").out)
    assert ran.out.endswith(f"\n{len(listed)} rules\n")
    assert all(rule["id"] in ran.out for rule in listed)
    assert {"default", "strict", "pedantic"} == {rule["profile"] for rule in listed}


def test_explain_prints_the_page_of_a_rule() -> None:
    ran = pgaudit("explain", "index-not-concurrent")
    assert ran.code == 0
    assert "What to do:" in ran.out
    near = pgaudit("explain", "index-not-concurent")
    assert near.code == 2
    assert "index-not-concurrent" in near.err


def test_version_is_the_distributions() -> None:
    ran = pgaudit("--version")
    assert ran.code == 0
    assert ran.out.startswith("pgaudit ")


def test_new_check_writes_a_module_and_a_story_that_load(tmp_path: Path) -> None:
    copied = tmp_path / "probes"
    subprocess.run(["cp", "-r", ROOT / "probes", copied], check=True)
    for package in ("pgaudit", "migrations_safety"):
        (tmp_path / package).symlink_to(ROOT / package)
    env = {"PYTHONPATH": str(tmp_path)}
    ran = pgaudit("dev", "new-check", "indexes/on_unlogged_table", env=env, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert (copied / "checks/indexes/on_unlogged_table.sql").read_text().startswith("-- bad:")
    listed = json_of(pgaudit("checks", "--format", "json", env=env, cwd=tmp_path).out)
    assert "indexes/on_unlogged_table" in {row["id"] for row in listed}
    assert pgaudit("dev", "new-check", "indexes/on_unlogged_table", env=env, cwd=tmp_path).code == 2
    assert pgaudit("dev", "new-check", "Bad Name", env=env, cwd=tmp_path).code == 2


@pytest.mark.pg
@pytest.mark.parametrize("level", ["minimum", "standard", "full"])
def test_the_printed_role_can_be_created_and_can_scan(database: Database, level: str) -> None:
    role = f"audit_{level}_{database.name}"
    database.execute("create table public.revisions (version text)")
    extra = ("--migrations-table", "public.revisions") if level == "full" else ()
    ran = pgaudit("grants", "--level", level, "--role", role, "--database", database.name, *extra)
    assert ran.code == 0, ran.err
    try:
        database.execute(ran.out)
        scanned = pgaudit("scan", make_conninfo(database.dsn, user=role), "-f", "json")
        assert scanned.code in {0, 1}, scanned.err
        missing = {skip.check for skip in scanned.report.skipped if skip.needs and "GRANT" in skip.needs}
        assert ("security/hba_trust_or_password" in missing) == (level != "full")
    finally:
        database.execute(f"drop owned by {role}; drop role {role}")


def test_a_role_named_auditor_is_refused() -> None:
    assert pgaudit("grants", "--role", "auditor").code == 2
    assert pgaudit("grants", "--level", "everything").code == 2
    assert pgaudit("grants", "--provider", "geocities").code == 2


def test_suppress_adds_an_entry_that_the_next_scan_reads(tmp_path: Path) -> None:
    arguments = ("suppress", "v1:abc", "--check", "indexes/duplicate", "--reason", 'say "why"', "--expires")
    assert pgaudit(*arguments, "2031-01-31", cwd=tmp_path).code == 0
    assert pgaudit(*arguments, "never", cwd=tmp_path).code == 0
    loaded = load_configuration(tmp_path).configuration
    assert [(one.id, one.reason, str(one.last_day)) for one in loaded.suppress] == [
        ("v1:abc", 'say "why"', "2031-01-31"),
        ("v1:abc", 'say "why"', "None"),
    ]
    assert pgaudit(*arguments, "someday", cwd=tmp_path).code == 2
    assert pgaudit("suppress", "abc", "--check", "x", "--reason", "y", "--expires", "never", cwd=tmp_path).code == 2


def test_init_writes_a_file_that_loads_and_never_overwrites(tmp_path: Path) -> None:
    ran = pgaudit("init", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "pgaudit scan" in ran.out
    assert load_configuration(tmp_path).configuration.fail_on == "high"
    assert pgaudit("init", cwd=tmp_path).code == 2


def test_init_names_the_migration_tool_that_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "prisma" / "migrations" / "20240101000000_init"
    folder.mkdir(parents=True)
    (folder / "migration.sql").write_text("create table a (id int);")
    (tmp_path / "prisma" / "migrations" / "migration_lock.toml").write_text('provider = "postgresql"\n')
    assert "prisma" in pgaudit("init", cwd=tmp_path).err


@pytest.mark.pg
def test_the_printed_queries_are_all_that_a_scan_sends(pg_major: int) -> None:
    printed = " ".join(pgaudit("queries", "--pg-version", str(pg_major)).out.split())
    with private_cluster(pg_major, settings={"log_statement": "all"}) as cluster:
        assert pgaudit("scan", cluster.dsn).code in {0, 1}
        log = cluster.log_file.read_text(encoding="utf-8", errors="replace")
    sent = [" ".join(part.split()) for part in re.findall(r"execute <unnamed>: (.*?)(?=\n\d{4}-|\Z)", log, re.DOTALL)]
    ours = [text for text in sent if text.startswith("/* pgaudit */")]
    assert len(ours) > 30
    # The log shows parameters as $1 where the printed text has their names, and the text of expressions by oids.
    known = [re.sub(r"\$\d+", "%", text).rstrip("; ") for text in ours if " = any(" not in text]
    named = re.sub(r"%\(?\w*\)?s", "%", printed)
    assert [text for text in known if text not in named] == []
