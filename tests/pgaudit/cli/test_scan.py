"""`pgaudit scan` against real servers: what it says, where it says it, and with which exit code."""

from __future__ import annotations

import contextlib
import json
import resource
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.pgaudit.cli.running import Ran, command, environment, pgaudit
from tests.pgaudit.server.peers import accepted, pooler_of, postgres_peer
from tests.servers import TCP_PASSWORD, Database, PrivateCluster, free_port, private_cluster, standby_of
from tests.waiting import eventually

FAULTY = """
create table public.customers (id bigint primary key);
create table public.orders (
    id bigint primary key, customer_id bigint constraint orders_customer_fk references public.customers
);
create index orders_a on public.orders (id, customer_id);
create index orders_b on public.orders (id, customer_id);
"""
HOSTILE = [
    '"; drop table x; --',
    "line\nbreak",
    "esc\x1b[31mred",
    "rtl\u202etxt",
    "\U0001f600" * 15,
    "<script>alert(1)</script>",
    "a'b",
    "percent%s",
]


def one_line(ran: Ran) -> str:
    assert len(ran.error_lines) == 1, ran.err
    assert ran.out == ""
    return ran.error_lines[0]


@pytest.mark.pg
def test_a_faulty_database_gives_findings_and_exit_code_1(database: Database) -> None:
    database.execute(FAULTY)
    ran = pgaudit("scan", database.dsn, "--format", "json", "--select", "indexes")
    assert ran.code == 1
    assert "indexes/duplicate" in {finding.check for finding in ran.report.findings}
    assert ran.report.target.server_version_num // 10000 == database.major
    assert pgaudit("scan", database.dsn, "--select", "indexes", "--exit-zero").code == 0
    assert pgaudit("scan", database.dsn, "--select", "indexes", "--fail-on", "critical").code == 0


@pytest.mark.pg("== 18")
def test_an_empty_database_has_no_findings_about_objects(database: Database) -> None:
    areas = "indexes,constraints,schema,sequences"
    ran = pgaudit("scan", database.dsn, "--format", "json", "--select", areas)
    assert ran.code == 0, ran.err
    assert ran.report.findings == ()
    assert ran.report.failed == ()


@pytest.mark.pg
def test_hostile_names_reach_the_terminal_harmlessly(database: Database) -> None:
    with database.connect() as connection:
        for name in HOSTILE:
            quoted = psycopg.sql.Identifier(name)
            connection.execute(psycopg.sql.SQL("create schema {}").format(quoted))
            connection.execute(psycopg.sql.SQL("create table {0}.{0} ({0} int)").format(quoted))
            connection.execute(psycopg.sql.SQL("create index on {0}.{0} ({0})").format(quoted))
            connection.execute(psycopg.sql.SQL("create index on {0}.{0} ({0})").format(quoted))
    ran = pgaudit("scan", database.dsn, "--show-all", "--profile", "pedantic")
    assert ran.code == 1, ran.err
    assert "failed" not in ran.out
    assert not {"\x1b", "\u202e"} & set(ran.out)
    report = pgaudit("scan", database.dsn, "--format", "json", "--select", "indexes/duplicate").report
    assert {finding.object.schema for finding in report.findings} == set(HOSTILE)


@pytest.mark.pg("== 18")
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_programs_read_is_utf_8_whatever_the_locale_of_the_terminal(database: Database, encoding: str) -> None:
    database.execute('create table "größe 😀" (id integer)')
    arguments = ("scan", database.dsn, "--select", "constraints/missing_primary_key", "--format")
    ran = {name: pgaudit(*arguments, name, env={"PYTHONIOENCODING": encoding}) for name in ("json", "sarif")}
    assert [one.object.name for one in ran["json"].report.findings] == ["größe 😀"]
    assert "größe 😀" in json.loads(ran["sarif"].out)["runs"][0]["results"][0]["message"]["text"]


@pytest.mark.pg
def test_a_role_with_only_connect_is_told_what_it_could_not_check(database: Database) -> None:
    database.execute(f'{FAULTY}; create schema "tab\there"; create table "tab\there".t (id integer)')
    role = f"cli_plain_{database.name}"
    database.execute(f"create role {role} login")
    try:
        dsn = make_conninfo(database.dsn, user=role)
        ran = pgaudit("scan", dsn, "--format", "json")
        assert ran.code in {0, 1}, ran.err
        assert "indexes/duplicate" in {finding.check for finding in ran.report.findings}
        hba = [skip for skip in ran.report.skipped if skip.check == "security/hba_trust_or_password"]
        assert [skip.needs for skip in hba if skip.needs and "GRANT" in skip.needs]
        assert pgaudit("scan", dsn, "--strict", "--fail-on", "none").code == 4
        told = pgaudit("doctor", dsn)
        assert told.code == 0
        assert "grant pg_monitor" in told.out.lower() or "grant pg_read_all_stats" in told.out.lower()
        assert ";;" not in told.out
        assert rf'grant select on all tables in schema U&"tab\0009here" to {role};' in told.out
        assert ", no pooler, " in told.out
    finally:
        database.execute(f"drop role {role}")


@pytest.mark.pg("== 17")
def test_a_snapshot_gives_the_findings_of_the_database_without_a_server(database: Database, tmp_path: Path) -> None:
    database.execute(FAULTY)
    path = tmp_path / "app.pgsnapshot"
    saved = pgaudit("snapshot", database.dsn, "-o", str(path))
    assert saved.code == 0, saved.err
    assert path.stat().st_mode & 0o777 == 0o600
    select = ("--select", "indexes,constraints,schema,security", "--format", "json")
    live, still = pgaudit("scan", database.dsn, *select), pgaudit("scan", str(path), *select)
    assert {finding.id for finding in still.report.findings} == {finding.id for finding in live.report.findings}
    assert still.report.findings
    assert still.report.target.snapshot_taken_at is not None


@pytest.mark.pg("== 18")
def test_damaged_cut_newer_and_missing_snapshots_get_one_line(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "app.pgsnapshot"
    pgaudit("snapshot", database.dsn, "-o", str(path))
    whole = path.read_bytes()
    for name, content in {
        "cut": whole[: len(whole) // 2],
        "flipped": whole[:400] + bytes([whole[400] ^ 0xFF]) + whole[401:],
        "junk": b"\x00\x01\x02" * 100,
        "empty": b"",
    }.items():
        damaged = tmp_path / f"{name}.pgsnapshot"
        damaged.write_bytes(content)
        ran = pgaudit("scan", str(damaged))
        assert ran.code == 3, name
        assert str(damaged) in one_line(ran)
    newer = tmp_path / "newer.pgsnapshot"
    newer.write_bytes(whole.replace(b"pgaudit-snapshot/1", b"pgaudit-snapshot/9", 1))
    ran = pgaudit("scan", str(newer))
    assert ran.code == 3
    assert "newer" in one_line(ran)
    assert pgaudit("scan", str(tmp_path / "none.pgsnapshot")).code == 3


def test_nothing_named_is_exit_code_2_with_examples() -> None:
    for env in ({}, {"DATABASE_URL": ""}):
        ran = pgaudit("scan", env=env)
        assert ran.code == 2
        assert "postgresql://" in one_line(ran)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "yaml"], "yaml"),
        (["--fail-on", "terrible"], "terrible"),
        (["--select", "indexes/nonesuch"], "nonesuch"),
        (["--color", "mauve"], "mauve"),
        (["--profile", "wild"], "wild"),
        (["-o", "report"], "report"),
        (["-o", "json=/nonexistent/folder/x.json"], "/nonexistent/folder"),
        (["-o", "json=-"], "write --format json for stdout"),
    ],
)
def test_a_wrong_flag_is_one_line_and_exit_code_2(arguments: list[str], said: str) -> None:
    ran = pgaudit("scan", "postgresql://nobody@127.0.0.1:1/none", *arguments)
    assert ran.code == 2
    assert said in one_line(ran)


def test_an_unreachable_host_is_exit_code_3() -> None:
    ran = pgaudit("scan", f"postgresql://app:{TCP_PASSWORD.replace(' ', '%20')}@127.0.0.1:{free_port()}/app")
    assert ran.code == 3
    assert "correct" not in ran.err


def test_an_unescaped_at_sign_is_explained_without_the_password() -> None:
    ran = pgaudit("scan", "postgresql://app:hunter2@extra@db.example.com/app")
    assert ran.code == 2
    assert "%40" in ran.err
    assert "hunter2" not in ran.err


def test_a_server_of_version_12_is_refused() -> None:
    with postgres_peer(accepted("12.22")) as port:
        ran = pgaudit("scan", f"postgresql://app@127.0.0.1:{port}/app?sslmode=disable")
    assert ran.code == 3
    assert "13" in ran.error_lines[-1]


@pytest.mark.pg("== 16")
def test_wrong_password_and_unknown_database_are_exit_code_3(pg_major: int) -> None:
    with private_cluster(pg_major, tcp=True) as cluster:
        wrong = {"password": "s3cret-and-wrong"}
        ran = pgaudit("scan", make_conninfo(cluster.tcp_dsn, **wrong))
        assert ran.code == 3
        assert "s3cret-and-wrong" not in ran.err
        assert "password" in ran.err
        ran = pgaudit("scan", make_conninfo(cluster.tcp_dsn, dbname="nonesuch"))
        assert ran.code == 3
        assert "nonesuch" in ran.err


@pytest.mark.pg("== 15")
def test_a_scan_through_a_transaction_pooler_finds_the_same(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        with cluster.connect() as connection:
            connection.execute(FAULTY.encode())
        with pooler_of(cluster) as bouncer:
            through = pgaudit(
                "scan", bouncer.url("postgres", "postgres"), "--format", "json", "--select", "indexes,constraints"
            )
        direct = pgaudit("scan", cluster.dsn, "--format", "json", "--select", "indexes,constraints")
    assert {f.id for f in through.report.findings} == {f.id for f in direct.report.findings} != set()


@pytest.mark.pg("== 14")
def test_a_standby_can_be_scanned(pg_major: int) -> None:
    with private_cluster(pg_major) as primary:
        with primary.connect() as connection:
            connection.execute(FAULTY.encode())
        with standby_of(primary) as standby:
            ran = pgaudit("scan", standby.dsn, "--format", "json")
    assert ran.code == 1, ran.err
    assert ran.report.target.in_recovery
    assert ran.report.failed == ()
    assert "indexes/duplicate" in {finding.check for finding in ran.report.findings}


def scan_held_up(cluster: PrivateCluster, blocker: psycopg.Connection[tuple[object, ...]]) -> subprocess.Popen[str]:
    """A scan that has its structure and waits for a lock on a catalog that only a later area reads."""
    blocker.execute("begin; lock table pg_catalog.pg_subscription in access exclusive mode")
    running = subprocess.Popen(
        command("scan", cluster.dsn, "--format", "json", "--lock-timeout", "60000"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A job in the background starts with SIGINT ignored, and there is one thread here.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    waiting = "select count(*) from pg_locks where not granted and relation = 'pg_catalog.pg_subscription'::regclass"
    with cluster.connect() as looking:

        def waits() -> bool:
            assert running.poll() is None, running.communicate()
            return looking.execute(waiting).fetchone() == (1,)

        eventually(waits)
    return running


def end_of(running: subprocess.Popen[str]) -> Ran:
    out, err = running.communicate(timeout=60)
    return Ran(running.returncode, out, err)


@pytest.mark.pg("== 18")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_scan_reports_what_it_has(pg_major: int, number: signal.Signals, code: int) -> None:
    with private_cluster(pg_major) as cluster, cluster.connect() as blocker:
        blocker.execute(FAULTY.encode())
        running = scan_held_up(cluster, blocker)
        running.send_signal(number)
        ran = end_of(running)
    assert ran.code == code, ran.err
    assert ran.report.interrupted
    assert "indexes/duplicate" in {finding.check for finding in ran.report.findings}
    assert "Traceback" not in ran.err


@pytest.mark.pg("== 18")
def test_a_server_that_dies_mid_scan_leaves_a_report_of_what_was_read(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster, contextlib.closing(cluster.connect()) as blocker:
        blocker.execute(FAULTY.encode())
        running = scan_held_up(cluster, blocker)
        cluster.kill()
        ran = end_of(running)
    assert ran.code == 3, ran.err
    assert ran.report.interrupted
    assert "indexes/duplicate" in {finding.check for finding in ran.report.findings}
    assert len(ran.error_lines) == 1


@pytest.mark.pg("== 18")
def test_a_full_disk_costs_one_file_and_not_the_report(database: Database, tmp_path: Path) -> None:
    database.execute(FAULTY)

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    path = tmp_path / "report.json"
    ran = pgaudit("scan", database.dsn, "-o", f"json={path}", "-e", preexec_fn=small_files)
    assert ran.code == 2
    assert str(path) in ran.err
    assert "indexes/duplicate" in ran.out
    assert list(tmp_path.iterdir()) == []
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command("scan", database.dsn),
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert "standard output" in done.stderr
    assert "to a file with --output" in done.stderr
    assert "stdout" not in ran.err


@pytest.mark.pg("== 18")
def test_the_password_of_the_command_line_is_hidden_from_the_process_list(pg_major: int) -> None:
    with private_cluster(pg_major, tcp=True) as cluster, cluster.connect() as blocker:
        blocker.execute("begin; lock table pg_catalog.pg_subscription in access exclusive mode")
        url = f"postgresql://postgres:{TCP_PASSWORD.replace(' ', '%20')}@127.0.0.1:{cluster.tcp_port}/postgres"
        running = subprocess.Popen(
            command("scan", url, "--lock-timeout", "60000"),
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            eventually(lambda: b"correct" not in Path(f"/proc/{running.pid}/cmdline").read_bytes())
        finally:
            running.kill()
            running.communicate()
