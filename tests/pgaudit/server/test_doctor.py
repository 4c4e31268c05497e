import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from pgaudit.server.concerns import concerns
from pgaudit.server.connect import connect
from pgaudit.server.doctor import Capability, Diagnosis, Level, Status, capabilities, diagnose
from pgaudit.server.facts import Role, ServerFacts
from pgaudit.server.pooler import Pooler, PoolerVerdict
from pgaudit.server.privileges import MigrationTable, Privileges, Unreadable
from pgaudit.server.url import parse_target
from probes.catalog.provider import Provider
from tests.servers import Database

_HOSTILE = 'Na"me; drop'


@contextmanager
def _role(database: Database, name: str) -> Iterator[str]:
    """A role with LOGIN only, gone afterwards."""
    quoted = '"' + name.replace('"', '""') + '"'
    database.execute(f"create role {quoted} login")
    try:
        yield name
    finally:
        database.execute(f"drop owned by {quoted}; drop role {quoted}")


def _diagnose(database: Database, role: str) -> Diagnosis:
    target = parse_target(psycopg.conninfo.make_conninfo(database.dsn, user=role))
    with connect(target) as connection:
        return diagnose(connection, target)


def _by_id(diagnosis: Diagnosis) -> dict[str, Capability]:
    return {capability.id: capability for capability in diagnosis.capabilities}


@pytest.fixture
def plain(database: Database) -> Iterator[str]:
    database.execute(
        'create schema "App"; create table "App".orders (id int generated always as identity primary key);'
        "create table public.alembic_version (version_num text);"
        'create table "App"._prisma_migrations (id text)'
    )
    with _role(database, f"{_HOSTILE}_{database.major}") as name:
        yield name


def test_a_role_with_connect_only_lacks_all_but_structure(database: Database, plain: str) -> None:
    diagnosis = _diagnose(database, plain)
    assert {capability.id for capability in diagnosis.missing} == {
        "pg_read_all_stats",
        "pg_read_all_settings",
        "pg_stat_statements",
        "migration_state",
        "sequence_values",
        "column_statistics",
        "pg_hba_file_rules",
        "pg_file_settings",
    }
    assert _by_id(diagnosis)["connect"].status is Status.PRESENT


def test_every_statement_that_doctor_prints_gives_what_it_promises(database: Database, plain: str) -> None:
    missing = _diagnose(database, plain).missing
    assert all(capability.remedy for capability in missing)
    for capability in missing:
        for statement in capability.remedy:
            database.execute(statement)
    assert _diagnose(database, plain).missing == ()
    with database.connect(user=plain) as connection:
        assert connection.execute("select pg_catalog.count(*) > 0 from pg_catalog.pg_hba_file_rules").fetchone() == (
            True,
        )
        connection.execute("select pg_catalog.count(*) from pg_catalog.pg_file_settings")
        connection.execute('select * from "App"._prisma_migrations')
        shown = connection.execute(
            "select setting is not null from pg_catalog.pg_settings where name = 'shared_preload_libraries'"
        ).fetchone()
        assert shown == (True,)


def test_the_state_tables_remedy_reaches_only_those_tables(database: Database, plain: str) -> None:
    for statement in _by_id(_diagnose(database, plain))["migration_state"].remedy:
        database.execute(statement)
    with database.connect(user=plain) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute('select * from "App".orders')


@pytest.mark.pg("== 16")
def test_a_superuser_lacks_nothing_that_a_grant_could_give_and_is_warned_about(database: Database) -> None:
    diagnosis = _diagnose(database, "postgres")
    assert {capability.id for capability in diagnosis.missing} <= {"pg_stat_statements"}
    assert "superuser" in {concern.id for concern in diagnosis.concerns}


@pytest.mark.pg(">= 14")
def test_a_role_that_reads_password_hashes_is_warned_about_and_the_revoke_helps(database: Database, plain: str) -> None:
    quoted = '"' + plain.replace('"', '""') + '"'
    database.execute(f"grant pg_read_all_data to {quoted}")
    concern = next(found for found in _diagnose(database, plain).concerns if found.id == "pg_read_all_data")
    for statement in concern.remedy:
        database.execute(statement)
    assert "pg_read_all_data" not in {found.id for found in _diagnose(database, plain).concerns}


@pytest.mark.pg("== 17")
def test_statements_in_a_schema_of_their_own_are_looked_for_there(database: Database, plain: str) -> None:
    database.execute('create schema "Extensions"; create extension pg_stat_statements schema "Extensions"')
    found = _by_id(_diagnose(database, plain))["pg_stat_statements"]
    assert found.status is Status.MISSING
    assert len(found.remedy) == 1
    assert found.remedy[0].startswith('grant usage on schema "Extensions" to ')


_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_FACTS = ServerFacts(
    version_num=160004,
    version="16.4",
    version_text="PostgreSQL 16.4",
    database="shop",
    role=Role("auditor_ro", superuser=False, bypasses_rls=False, memberships=frozenset()),
    in_recovery=False,
    observed_at=_NOW,
    started_at=_NOW - timedelta(days=30),
    stats_reset_at=None,
    provider=Provider.SELF_MANAGED,
    pooler=Pooler(PoolerVerdict.NONE, ()),
    object_audit_role=None,
    is_object_audit_role=False,
)
_PRIVILEGES = Privileges(
    role="auditor_ro",
    statements_loaded=False,
    preloaded_libraries=None,
    statements_available=True,
    statements_schema=None,
    statements_schema_usable=None,
    statements_selectable=None,
    hba_readable=False,
    file_settings_readable=False,
)


def _judged(privileges: Privileges, provider: Provider = Provider.SELF_MANAGED) -> dict[str, Capability]:
    facts = dataclasses.replace(_FACTS, provider=provider)
    return {capability.id: capability for capability in capabilities(facts, privileges)}


def test_a_managed_service_keeps_its_configuration_files_and_names_its_administrator() -> None:
    found = _judged(_PRIVILEGES, Provider.RDS)
    assert found["pg_hba_file_rules"].status is Status.UNAVAILABLE
    assert found["pg_hba_file_rules"].remedy == ()
    assert found["pg_read_all_stats"].run_as == "rds_superuser"
    assert "parameter group" in found["pg_stat_statements"].note


def test_preloading_keeps_the_libraries_that_are_there() -> None:
    found = _judged(dataclasses.replace(_PRIVILEGES, preloaded_libraries="auto_explain"))["pg_stat_statements"]
    assert "'auto_explain, pg_stat_statements'" in found.note
    assert found.remedy == ("create extension pg_stat_statements;",)


def test_preloading_does_not_claim_to_know_a_list_that_was_not_shown() -> None:
    assert "to the list" in _judged(_PRIVILEGES)["pg_stat_statements"].note


def test_an_extension_without_files_is_not_promised() -> None:
    found = _judged(dataclasses.replace(_PRIVILEGES, statements_available=False))["pg_stat_statements"]
    assert found.status is Status.UNAVAILABLE
    assert found.remedy == ()


def test_a_thousand_tenants_do_not_make_a_thousand_lines() -> None:
    tenants = tuple(Unreadable(f"tenant_{number}", 3, 1) for number in range(1000))
    found = _judged(dataclasses.replace(_PRIVILEGES, unreadable=tenants))["sequence_values"]
    assert len(found.remedy) == 21
    assert found.remedy[-1] == "-- and 980 more of the same kind"


def test_a_database_without_a_migration_tool_is_asked_for_no_grant_on_its_table() -> None:
    assert "migration_state" not in _judged(_PRIVILEGES)
    readable = MigrationTable("public", "alembic_version", schema_usable=True, selectable=True)
    found = _judged(dataclasses.replace(_PRIVILEGES, migration_tables=(readable,)))["migration_state"]
    assert found.status is Status.PRESENT
    assert found.level is Level.FULL


def _warned(**changes: object) -> set[str]:
    return {concern.id for concern in concerns(dataclasses.replace(_FACTS, **changes), "auditor_ro")}  # type: ignore[arg-type]


def test_a_plain_role_on_a_settled_primary_raises_no_concern() -> None:
    assert _warned() == set()


@pytest.mark.parametrize(
    ("changes", "concern"),
    [
        ({"in_recovery": True}, "standby"),
        ({"is_object_audit_role": True, "object_audit_role": "auditor_ro"}, "pgaudit_role"),
        ({"pooler": Pooler(PoolerVerdict.SUSPECTED, ("port 6432",))}, "pooler"),
        ({"stats_reset_at": _NOW - timedelta(days=1)}, "young_counters"),
        ({"started_at": _NOW - timedelta(hours=1)}, "young_counters"),
        ({"provider": Provider.NEON}, "neon"),
        ({"version_num": 190000}, "newer_server"),
        ({"role": Role("r", superuser=False, bypasses_rls=True, memberships=frozenset())}, "bypassrls"),
    ],
)
def test_what_weakens_an_audit_is_said(changes: dict[str, object], concern: str) -> None:
    assert _warned(**changes) == {concern}
