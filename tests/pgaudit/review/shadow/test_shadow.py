"""Changes are proved in a copy of the structure: what mends is PROVEN, what does not or does more is REJECTED."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import msgspec
import psycopg
import pytest
from packaging.specifiers import SpecifierSet

from pgaudit.audit.run import Policy, run_checks
from pgaudit.demo import load
from pgaudit.review.evidence.records import Badge, Proof, ProposedChange, Record, RecordKind
from pgaudit.review.shadow.likeness import is_provable
from pgaudit.review.shadow.prover import ShadowProver
from pgaudit.review.shadow.server import ShadowServer
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgDepend, PgExtension
from probes.check import Check, built_in_checks
from probes.collect.collector import collect
from probes.finding import Finding
from tests.pictures import picture_of
from tests.probes.checks.stories import Section, all_sections
from tests.servers import Database, PrivateCluster, Server, fresh_database, private_cluster

CHECKS = {check.id: check for check in built_in_checks()}
UNINDEXED = "indexes/unindexed_foreign_key"
SCHEMA = """
create table owners (id bigint primary key);
create table things (id bigint primary key, owner_id bigint not null references owners, note text);
insert into owners select generate_series(1, 3);
insert into things select g, 1, 'x' from generate_series(1, 2000) as g;
"""
INDEX = "create index on public.things (owner_id)"


class Bench:
    """A server with databases to audit and a server for their shadows, both of one major version."""

    def __init__(self, stack: contextlib.ExitStack, major: int) -> None:
        self.audited = Server(major, stack.enter_context(private_cluster(major)).dsn, "private")
        self.cluster: PrivateCluster = stack.enter_context(private_cluster(major))
        self.shadows = ShadowServer(self.cluster.dsn, major, throw_away=True)


@pytest.fixture(scope="module")
def benches() -> Iterator[dict[int, Bench]]:
    with contextlib.ExitStack() as stack:

        class Benches(dict[int, Bench]):
            def __missing__(self, major: int) -> Bench:
                return self.setdefault(major, Bench(stack, major))

        yield Benches()


@pytest.fixture
def bench(benches: dict[int, Bench], pg_major: int) -> Bench:
    return benches[pg_major]


@pytest.fixture
def things(bench: Bench) -> Iterator[Database]:
    """A database with a foreign key that no index serves."""
    with fresh_database(bench.audited) as database:
        database.execute(SCHEMA)
        yield database


def picture(database: Database) -> Catalog:
    return picture_of(database.dsn)


def findings_of(catalog: Catalog, check: Check, policy: Policy) -> list[Finding]:
    return [finding for finding in run_checks(catalog, [check], policy).findings if finding.fix is not None]


def record_of(finding: Finding, *sql: str) -> Record:
    """A record with this SQL, or the finding's own fix."""
    assert finding.fix is not None
    change = ProposedChange(sql or finding.fix.sql, (finding.fix.transactional and not sql) or bool(sql))
    return Record(
        finding.id, RecordKind.FINDING, finding.check, "", finding.message, object=finding.object,
        finding=finding.id, change=change,
    )  # fmt: skip


def proofs(bench: Bench, catalog: Catalog, finding: Finding, scripts: Sequence[Sequence[str]]) -> list[Proof]:
    """What is said of each of these scripts as a remedy for the finding."""
    with ShadowProver(catalog, [CHECKS[finding.check]], server=bench.shadows) as prover:
        return [prover.prove([record_of(finding, *sql)])[finding.id] for sql in scripts]


def unindexed(catalog: Catalog) -> Finding:
    (finding,) = findings_of(catalog, CHECKS[UNINDEXED], Policy())
    return finding


@pytest.mark.pg("== 18")
def test_own_fixes_of_the_sample_database_are_proven_in_a_copy(bench: Bench) -> None:
    with private_cluster(18, settings={"shared_preload_libraries": "pg_stat_statements"}) as cluster:
        with cluster.connect() as connection:
            connection.execute("create database market")
        with cluster.connect(dbname="market") as connection:
            load(connection)
        catalog = collect(lambda: cluster.connect(dbname="market")).catalog
    found = [finding for finding in run_checks(catalog, CHECKS.values()).findings if finding.fix]
    with ShadowProver(catalog, CHECKS.values(), server=bench.shadows) as prover:
        given = prover.prove([record_of(finding) for finding in found])
    assert len(found) > 60
    structural = [finding for finding in found if is_provable(CHECKS[finding.check]) and not on_server(finding)]
    unproven = {finding.check for finding in structural if given[finding.id].badge is not Badge.PROVEN}
    # A copy has today's versions of collations, and no rows that a sequence could be behind.
    assert unproven <= {"durability/collation_version_mismatch", "sequences/behind_column_max"}
    assert len(structural) > 60
    assert Badge.REJECTED not in {proof.badge for proof in given.values()}


def on_server(finding: Finding) -> bool:
    """Whether the fix changes the server's settings."""
    return finding.fix is not None and any(sql.startswith("alter system") for sql in finding.fix.sql)


SAMPLE = [
    section
    for number, section in enumerate(all_sections())
    if section.kind == "bad" and not section.repaired and not section.counters_days and number % 12 == 0
    and "update pg_catalog" not in section.setup
]  # fmt: skip
"""Every twelfth, without those that put the catalog into a state which no statement makes."""
APPLIES = {"config/", "vacuum/", "statistics/", "workload/", "durability/"}
"""Areas of checks whose remedies change what only a server in use has."""


@pytest.mark.pg("!= 14, != 15, != 16, != 17")
def test_own_fixes_of_stories_are_proven_across_areas(bench: Bench) -> None:
    wrong: dict[str, str] = {}
    areas: set[str] = set()
    for section in SAMPLE:
        if not section.server or SpecifierSet(section.server.replace(" ", "")).contains(str(bench.audited.major)):
            for finding, proof in told(bench, section):
                areas.add(section.check.partition("/")[0])
                expected = Badge.APPLIES if section.check.startswith(tuple(APPLIES)) else Badge.PROVEN
                if proof.badge not in {expected, Badge.PROVEN}:
                    wrong[f"{section.name}: {finding.object}"] = proof.reason
    assert wrong == {}
    assert len(areas) > 5


def told(bench: Bench, section: Section) -> Iterator[tuple[Finding, Proof]]:
    """The findings of a story's section, and what is said of their own fixes."""
    check = CHECKS[section.check]
    thresholds = {check.id: msgspec.convert(section.thresholds, check.thresholds, strict=False)}
    policy = Policy(thresholds=thresholds)
    with fresh_database(bench.audited) as database:
        database.execute("create schema story")
        try:
            for script in section.scripts:
                database.execute(script)
            catalog = picture(database)
        finally:
            if section.cleanup:
                with contextlib.suppress(psycopg.Error):
                    database.execute(section.cleanup)
    found = findings_of(catalog, check, policy)
    with ShadowProver(catalog, [check], policy, server=bench.shadows) as prover:
        given = prover.prove([record_of(finding) for finding in found])
    yield from ((finding, given[finding.id]) for finding in found)


@pytest.mark.pg("== 18")
def test_a_remedy_is_proven_only_where_the_finding_goes_and_nothing_else_does(bench: Bench, things: Database) -> None:
    catalog = picture(things)
    finding = unindexed(catalog)
    mends, misses, adds, fails = proofs(
        bench,
        catalog,
        finding,
        [
            [INDEX],
            ["create index on public.things (note)"],
            [INDEX, "alter table public.things alter column note set not null"],
            ["create index on public.things (nobody)"],
        ],
    )
    assert mends.badge is Badge.PROVEN
    assert misses.badge is Badge.REJECTED
    assert "still there" in misses.reason
    assert adds.badge is Badge.REJECTED
    assert "pg_attribute" in adds.reason
    assert fails.badge is Badge.REJECTED
    assert "does not exist" in fails.reason


HARMFUL = (
    "copy public.things to program 'id'",
    "do $$ begin end $$",
    "drop database postgres",
    "drop role postgres",
    "drop table public.things",
    "drop index public.things_pkey cascade",
    "set role postgres",
    "reset role",
    "set session authorization postgres",
    "select pg_catalog.pg_read_file('/etc/passwd')",
    "create view public.v as select pg_catalog.pg_ls_dir('/')",
    "create index on public.things ((pg_catalog.pg_sleep(9)::text))",
    "select dblink('host=example.org', 'select 1')",
    "alter role postgres password 'x'",
    "create function public.f() returns int language sql as 'select 1'",
    "call public.p()",
    "load 'x'",
    "begin; drop table public.things; commit",
    "prepare x as select 1",
    "listen x",
    "lock table public.things",
    "truncate public.things",
    "create subscription s connection 'host=example.org' publication p",
    "create foreign data wrapper w",
    "alter system set fsync = off",
    "not sql at all",
)


@pytest.mark.pg("== 18")
def test_an_encoding_that_the_database_asks_for_does_not_keep_its_names_from_the_copy(
    bench: Bench, things: Database
) -> None:
    role = '"shadow_\u202e€"'
    things.execute(f"create role {role}; alter table things owner to {role}")
    things.execute(f"alter database {things.name} set client_encoding = latin1")
    try:
        catalog = picture(things)
        (proof,) = proofs(bench, catalog, unindexed(catalog), [[INDEX]])
        assert proof.badge is Badge.PROVEN
    finally:
        with things.connect(client_encoding="utf8") as connection:
            connection.execute(f"drop owned by {role} cascade; drop role {role}".encode())


@pytest.mark.pg("== 18")
def test_statements_beyond_the_allow_list_never_run(bench: Bench, things: Database) -> None:
    catalog = picture(things)
    given = proofs(bench, catalog, unindexed(catalog), [[sql] for sql in HARMFUL])
    assert {
        sql: proof for sql, proof in zip(HARMFUL, given, strict=True) if proof.badge.value in {"PROVEN", "APPLIES"}
    } == {}


@pytest.mark.pg("== 18")
def test_no_body_of_the_audited_database_runs(bench: Bench, things: Database) -> None:
    things.execute(
        "create function broken() returns boolean language plpgsql immutable as "
        "$$ begin if current_database() like 'test%' then return true; end if; raise exception 'ran'; end $$;"
        "create index late on things (note) where broken();"
        "create function stop() returns event_trigger language plpgsql as $$ begin raise exception 'stopped'; end $$;"
        "create event trigger stop on ddl_command_start execute function stop();"
        "alter event trigger stop enable always;"
    )
    catalog = picture(things)
    (proof,) = proofs(bench, catalog, unindexed(catalog), [[INDEX]])
    assert proof.badge is Badge.PROVEN


@pytest.mark.pg("== 18")
def test_what_the_copy_lacks_is_said(bench: Bench, things: Database) -> None:
    things.execute("create extension citext; alter table things alter column note type citext")
    catalog = picture(things)
    renamed = tuple(
        msgspec.structs.replace(row, name="no_such_files") if row.name == "citext" else row
        for row in catalog.rows(PgExtension)
    )
    changed = catalog.replacing({PgExtension: renamed, PgDepend: catalog.rows(PgDepend)})
    (proof,) = proofs(bench, changed, unindexed(catalog), [[INDEX]])
    assert proof.badge is Badge.UNPROVEN
    assert "no_such_files" in proof.reason


@pytest.mark.pg("== 18")
def test_a_server_of_the_users_is_left_as_it_was(bench: Bench, things: Database) -> None:
    everything = "select rolname from pg_roles union all select datname from pg_database order by 1"
    with bench.cluster.connect() as connection:
        before = connection.execute(everything).fetchall()
    catalog = picture(things)
    finding = unindexed(catalog)
    with ShadowProver(catalog, [CHECKS[UNINDEXED]], dsn=bench.cluster.dsn) as prover:
        assert prover.prove([record_of(finding)])[finding.id].badge is Badge.PROVEN
    with bench.cluster.connect() as connection:
        assert connection.execute(everything).fetchall() == before


@pytest.mark.pg("== 16")
def test_another_major_version_is_said(benches: dict[int, Bench], things: Database) -> None:
    catalog = picture(things)
    finding = unindexed(catalog)
    with ShadowProver(catalog, [CHECKS[UNINDEXED]], server=benches[18].shadows) as prover:
        proof = prover.prove([record_of(finding)])[finding.id]
    assert proof.badge is Badge.PROVEN
    assert "on PostgreSQL 18; the database runs on 16" in proof.reason
