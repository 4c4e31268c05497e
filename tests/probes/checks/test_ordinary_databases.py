"""Ordinary databases are left in peace: what is told of one in which nothing is wrong, and what weighs little."""

from __future__ import annotations

import pytest
from psycopg.conninfo import make_conninfo

from pgaudit.audit.run import run_checks
from pgaudit.demo.manifest import manifest
from probes.catalog.catalog import Catalog
from probes.check import built_in_checks
from probes.finding import Finding, Severity
from tests.probes.checks.states import findings_of, look
from tests.servers import Database, private_cluster
from tests.waiting import wait_for_counters

RUN = [check for check in built_in_checks() if not check.pedantic]
OF_THE_HOST = {fact.check for fact in manifest().host_facts} | {"durability/data_checksums_off"}
"""What is true of a throw-away server wherever the tests run, or depends on its minor version."""

BEFORE_ANYTHING_IS_SET = {
    "config/log_lock_waits_off",
    "config/slow_query_log_off",
    "config/timeouts_unset",
    "workload/pg_stat_statements_missing",
}
CHANGED_BY_14 = {"config/checkpoint_completion_target", "security/password_encryption_weak"}
CHANGED_BY_15 = {"config/log_checkpoints_off", "security/public_can_create_in_schema"}
"""Defaults that were wrong until then."""

BANK = """
create table customers (id bigint primary key, full_name text);
create table branches (id bigint primary key, name text unique);
create table accounts (id bigint primary key, iban text unique, customer_id bigint references customers);
create table cards (id bigint primary key, account_id bigint references accounts, pan_hash text unique);
create table bookings (id bigint primary key, account_id bigint not null references accounts, value_date date,
    card_id bigint references cards);
create table statements (account_id bigint references accounts, month date, primary key (account_id, month));
create table limits (account_id bigint references accounts, kind text unique, primary key (account_id, kind));
"""
LEAGUE = """
create table seasons (id int primary key, name text unique);
create table teams (id int primary key, name text unique);
create table players (id int primary key, team_id int references teams, shirt_name text unique);
create table contracts (id int primary key, player_id int references players, team_id int not null references teams);
create table standings (season_id int references seasons, team_id int references teams, points int,
    primary key (season_id, team_id));
create table coaches (id int primary key, team_id int, licence text unique);
create table fixtures (id int primary key, home int references teams, guest int references teams);
"""
CHAIN = """
create table stores (id int primary key, name text unique);
create table staff (id int primary key, store_id int references stores, badge text unique);
create table shifts (id int primary key, store_id int references stores, staff_id int references staff);
create table stock (id int primary key, store_id int references stores, product text unique, stock int not null);
"""
GUARDED_BANK = f"{BANK} alter table bookings enable row level security;"
"""Somebody keeps the accounts apart: then they are tenants."""

PAIRED_LEAGUE = f"""{LEAGUE}
alter table players add unique (team_id, id);
alter table contracts add foreign key (team_id, player_id) references players (team_id, id);
"""
"""So they are where foreign keys compare the column."""


def above_info(catalog: Catalog) -> list[Finding]:
    outcome = run_checks(catalog, RUN)
    assert outcome.failed == ()
    return [finding for finding in outcome.findings if finding.severity is not Severity.INFO]


@pytest.mark.pg
def test_an_empty_database_is_told_what_initdb_left_unset_and_nothing_else(pg_major: int) -> None:
    with private_cluster(pg_major, settings={"fsync": "on"}) as cluster:
        with cluster.connect() as connection:
            connection.execute("create database nothing template template0")
        found = above_info(look(make_conninfo(cluster.dsn, dbname="nothing")))
    told = {finding.check for finding in found if not finding.check.startswith("versions/")} - OF_THE_HOST
    changed_later = (CHANGED_BY_14 if pg_major < 14 else set[str]()) | (CHANGED_BY_15 if pg_major < 15 else set[str]())
    assert told == BEFORE_ANYTHING_IS_SET | changed_later


@pytest.mark.parametrize("script", [BANK, LEAGUE, CHAIN], ids=["a bank", "a league", "a chain of stores"])
@pytest.mark.pg(">= 18")
def test_accounts_teams_and_stores_are_not_taken_for_tenants_above_info(database: Database, script: str) -> None:
    database.execute(script)
    found = [str(finding.message) for finding in above_info(look(database.dsn)) if finding.check.startswith("tenancy/")]
    assert found == []


@pytest.mark.parametrize("script", [GUARDED_BANK, PAIRED_LEAGUE], ids=["row level security", "keys that compare it"])
@pytest.mark.pg(">= 18")
def test_they_are_where_somebody_keeps_them_apart(database: Database, script: str) -> None:
    database.execute(script)
    assert any(finding.check.startswith("tenancy/") for finding in above_info(look(database.dsn)))


@pytest.mark.pg(">= 18")
def test_a_guess_says_that_it_is_one(database: Database) -> None:
    database.execute(BANK)
    (finding,) = findings_of("tenancy/foreign_key_can_cross_tenants", look(database.dsn))
    assert "account_id (guessed)" in finding.message
    assert finding.evidence["tenant_column"] == "guessed from names; [tenancy] column settles it"


@pytest.mark.pg(">= 18")
def test_of_several_wider_indexes_the_one_that_stays_is_named(database: Database) -> None:
    database.execute(
        "create table visits (id int primary key, site int, day date, page text); create index a on visits (site); "
        "create index b on visits (site, day); create index c on visits (site, day, page)"
    )
    found = findings_of("indexes/redundant_prefix", look(database.dsn))
    assert {(finding.object.name, finding.evidence["wider_index"]) for finding in found} == {("a", "c"), ("b", "c")}


@pytest.mark.pg(">= 18")
def test_a_table_of_few_rows_without_statistics_is_informational(database: Database) -> None:
    database.execute(
        "create table few (id int) with (autovacuum_enabled = off); insert into few select generate_series(1, 999);"
        "create table many (id int) with (autovacuum_enabled = off); insert into many select generate_series(1, 1000)"
    )
    wait_for_counters(database)
    found = findings_of("vacuum/columns_without_statistics", look(database.dsn))
    assert {finding.object.name: finding.severity for finding in found} == {
        "few": Severity.INFO,
        "many": Severity.MEDIUM,
    }


@pytest.mark.pg(">= 18")
def test_a_reserved_word_weighs_less_on_a_column_than_on_a_table(database: Database) -> None:
    database.execute('create table "order" (id int primary key, "user" text)')
    found = findings_of("schema/identifier_is_reserved_word", look(database.dsn))
    assert {finding.object.kind: finding.severity for finding in found} == {
        "table": Severity.MEDIUM,
        "column": Severity.LOW,
    }


@pytest.mark.pg(">= 18")
def test_keys_of_single_partitions_are_counted(database: Database) -> None:
    database.execute(
        "create table rentals (id int primary key);"
        "create table payments (id int, rental_id int) partition by range (id);"
        "create table payments_1 partition of payments for values from (0) to (10);"
        "create table payments_2 partition of payments for values from (10) to (20);"
        "alter table payments_1 add foreign key (rental_id) references rentals"
    )
    (finding,) = findings_of("constraints/missing_foreign_key", look(database.dsn))
    assert "tied to it in 1 of 2 partitions only" in finding.message
