"""Small databases with one fault each: the review finds it, finds nothing that only looks alike, and proves its fix."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec
import pytest

from pgaudit.audit.selection import selected
from pgaudit.review.backends.offline.backend import OfflineBackend
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.documents.authority import AuthorityReview
from pgaudit.review.documents.checking import check_grounding
from pgaudit.review.documents.formats import Format
from pgaudit.review.evidence.build import Sources, build_pack
from pgaudit.review.evidence.records import Badge, Pack
from pgaudit.review.proving import with_proofs
from pgaudit.review.shadow.prover import ShadowProver
from pgaudit.review.shadow.server import ShadowServer, shadow_server
from pgaudit.scanning import judge, report_of
from probes.check import built_in_checks
from tests.pgaudit.review.packs import take
from tests.servers import Database

TENANTS = """
create table tenants (id bigint primary key);
create function current_tenant() returns bigint language sql stable as 'select 1::bigint';
create table a (tenant_id bigint not null references tenants, id bigint, primary key (tenant_id, id));
create table b (tenant_id bigint not null references tenants, id bigint, primary key (tenant_id, id));
create table c (tenant_id bigint not null references tenants, id bigint, primary key (tenant_id, id));
create policy own on a using (tenant_id = (select current_tenant()));
create policy own on b using (tenant_id = (select current_tenant()));
create policy own on c using (tenant_id = (select current_tenant()));
alter table a enable row level security; alter table a force row level security;
alter table b enable row level security; alter table b force row level security;
alter table c enable row level security; alter table c force row level security;
"""


class Seed(msgspec.Struct, frozen=True):
    """A database, what must be found with a proven fix, and what must not be found."""

    name: str
    sql: str
    finds: str
    says: str
    """Part of the statement that mends it."""
    finds_not: tuple[str, ...] = ()


SEEDS = (
    Seed(
        "a foreign key without an index",
        "create table p (id bigint primary key); insert into p select generate_series(1, 9);"
        "create table q (id bigint primary key, p_id bigint references p, text_of text);"
        "insert into q select g, 1, repeat('x', 500) from generate_series(1, 20000) as g; analyze p, q",
        "indexes/unindexed_foreign_key",
        "create index concurrently q_p_id_idx on public.q (p_id)",
        ("indexes/duplicate", "constraints/missing_primary_key"),
    ),
    Seed(
        "an index twice",
        "create table t (id bigint primary key, x integer); create index one on t (x); create index two on t (x)",
        "indexes/duplicate",
        "drop index concurrently public.",
        ("indexes/redundant_prefix", "indexes/unindexed_foreign_key"),
    ),
    Seed(
        "an index that begins another",
        "create table t (id bigint primary key, x integer, y integer); create index one on t (x);"
        "create index two on t (x, y)",
        "indexes/redundant_prefix",
        "drop index concurrently public.one",
        ("indexes/duplicate",),
    ),
    Seed(
        "a table without a key that has a candidate",
        "create table t (code text not null); create unique index t_code on t (code)",
        "constraints/missing_primary_key",
        "add primary key using index t_code",
        ("indexes/duplicate",),
    ),
    Seed(
        "a foreign key that was never validated",
        "create table p (id bigint primary key); create table q (p_id bigint primary key);"
        "alter table q add constraint q_p foreign key (p_id) references p not valid",
        "constraints/not_validated",
        "validate constraint q_p",
        ("constraints/not_enforced", "indexes/unindexed_foreign_key"),
    ),
    Seed(
        "a trigger that is off",
        "create table t (id bigint primary key); create function f() returns trigger language plpgsql"
        " set search_path = public, pg_temp as 'begin return new; end';"
        "create trigger keep before insert on t for each row execute function f(); alter table t disable trigger keep",
        "constraints/disabled_trigger",
        "enable trigger keep",
    ),
    Seed(
        "a policy while row level security is off",
        f"{TENANTS} create table d (tenant_id bigint not null references tenants, id bigint, primary key "
        "(tenant_id, id));"
        "create policy own on d using (tenant_id = (select current_tenant())); grant select on d to public",
        "security/policy_without_rls",
        "alter table public.d enable row level security",
        ("security/policy_always_true",),
    ),
    Seed(
        "a table of tenants open to everybody",
        f"{TENANTS} create table d (tenant_id bigint not null references tenants, id bigint, primary key "
        "(tenant_id, id));"
        "grant select on d to public; grant usage on schema public to public",
        "security/rls_disabled_exposed_table",
        "create policy tenant_isolation on public.d",
        ("security/policy_without_rls",),
    ),
    Seed(
        "an amount as floating point",
        "create table t (id bigint primary key, price real, ratio real)",
        "schema/money_as_float",
        "alter column price type numeric",
        ("schema/type_money",),
    ),
    Seed(
        "an amount of type money",
        "create table t (id bigint primary key, total money)",
        "schema/type_money",
        "alter column total type numeric",
        ("schema/money_as_float",),
    ),
    Seed(
        "an unlogged table",
        "create unlogged table t (id bigint primary key); insert into t select generate_series(1, 100); analyze t",
        "storage/unlogged_table",
        "set logged",
    ),
    Seed(
        "a moment without its zone",
        "create table t (id bigint primary key, at timestamp, day date)",
        "schema/type_timestamp_without_tz",
        "alter column at type timestamp with time zone",
    ),
    Seed(
        "a function that borrows rights by its caller's path",
        "create function f() returns integer language sql security definer as 'select 1'",
        "security/function_search_path_mutable",
        "set search_path",
    ),
)


@pytest.fixture(scope="module")
def shadows() -> Iterator[ShadowServer]:
    with shadow_server(18) as server:
        yield server


def proved(database: Database, shadows: ShadowServer) -> Pack:
    """The evidence of a database with what was proved of each change."""
    checks = selected(built_in_checks(), [], [], "default")
    taken = take(database.dsn)
    report = report_of(taken, judge(taken, checks), checks, started_at=time.time(), began=time.perf_counter())
    with ShadowProver(taken.catalog, checks, server=shadows) as prover:
        return with_proofs(build_pack(Sources(report, taken.catalog, checks)), prover)


@pytest.mark.pg("== 18")
@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_the_fault_is_found_and_its_fix_is_proven(seed: Seed, database: Database, shadows: ShadowServer) -> None:
    with database.connect() as connection:
        connection.execute(seed.sql.encode())
    pack = proved(database, shadows)
    decisions = decide(pack)
    found = {issue.check for issue in decisions.issues}
    assert seed.finds in found
    assert found & set(seed.finds_not) == set()
    badges = {
        change.change.proof.badge
        for change in decisions.changes
        if any(record.topic == seed.finds for record in change.records) and seed.says in "; ".join(change.change.sql)
    }
    assert badges == {Badge.PROVEN}, [change.change.proof for change in decisions.changes]
    document = OfflineBackend().write(pack, decisions, Format.AUTHORITY)
    check_grounding(document, pack.ids())
    assert isinstance(document, AuthorityReview)
    assert all(change.proof.badge is not Badge.REJECTED for change in document.changes)
