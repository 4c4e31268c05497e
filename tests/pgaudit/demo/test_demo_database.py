"""The sample database is what its manifest says: each fault is one, each decoy is none, by the server's own word."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pgaudit.demo import Manifest, Requirement, hold_open_transaction, load, manifest, repair, run_traffic
from probes.finding import ObjectRef
from tests.servers import Database, private_cluster
from tests.waiting import eventually, wait_for_counters

Connection = psycopg.Connection[tuple[Any, ...]]

ASKED_FOR = {
    "config/file_errors",
    "config/timeouts_unset",
    "constraints/foreign_key_type_mismatch",
    "constraints/missing_primary_key",
    "constraints/not_enforced",
    "constraints/not_null_not_valid",
    "constraints/not_validated",
    "durability/collation_version_mismatch",
    "indexes/duplicate",
    "indexes/invalid",
    "indexes/redundant_prefix",
    "indexes/unindexed_foreign_key",
    "indexes/unused",
    "schema/money_as_float",
    "schema/type_timestamp_without_tz",
    "security/definer_path_unsafe",
    "security/hba_trust_or_password",
    "security/owner_bypasses_rls",
    "security/policy_always_true",
    "security/public_can_create_in_schema",
    "security/rls_disabled_exposed_table",
    "security/view_runs_as_owner",
    "sequences/near_exhaustion",
    "sessions/idle_in_transaction",
    "workload/slow_queries",
}

_RELATION = """
select count(*) from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %(schema)s and c.relname = %(name)s and c.relkind = '{relkind}'
"""
_ON_TABLE = """
join pg_catalog.pg_class as t on t.oid = {column} join pg_catalog.pg_namespace as n on n.oid = t.relnamespace
where n.nspname = %(schema)s and t.relname = %(table)s and x.{name} = %(name)s
"""
EXISTS = {
    "table": _RELATION.format(relkind="r"),
    "partitioned table": _RELATION.format(relkind="p"),
    "view": _RELATION.format(relkind="v"),
    "materialized view": _RELATION.format(relkind="m"),
    "sequence": _RELATION.format(relkind="S"),
    "index": "select count(*) from pg_catalog.pg_index as i join pg_catalog.pg_class as x on x.oid = i.indexrelid "
    + _ON_TABLE.format(column="i.indrelid", name="relname"),
    "column": "select count(*) from pg_catalog.pg_attribute as x "
    + _ON_TABLE.format(column="x.attrelid", name="attname"),
    "policy": "select count(*) from pg_catalog.pg_policy as x " + _ON_TABLE.format(column="x.polrelid", name="polname"),
    "trigger": "select count(*) from pg_catalog.pg_trigger as x " + _ON_TABLE.format(column="x.tgrelid", name="tgname"),
    "constraint": """
        select count(*) from pg_catalog.pg_constraint as x
        join pg_catalog.pg_namespace as n on n.oid = x.connamespace
        where n.nspname = %(schema)s and x.conname = %(name)s and %(table)s in (
            (select t.relname from pg_catalog.pg_class as t where t.oid = x.conrelid),
            (select d.typname from pg_catalog.pg_type as d where d.oid = x.contypid)
        )""",
    "function": """
        select count(*) from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = %(schema)s and p.proname = %(name)s""",
    "collation": """
        select count(*) from pg_catalog.pg_collation as c join pg_catalog.pg_namespace as n on n.oid = c.collnamespace
        where n.nspname = %(schema)s and c.collname = %(name)s""",
    "schema": "select count(*) from pg_catalog.pg_namespace as n where n.nspname = %(name)s",
    "role": "select count(*) from pg_catalog.pg_roles as r where r.rolname = %(name)s",
    "database": "select 1",
    "setting": "select count(*) from pg_catalog.pg_settings as s where s.name = %(name)s",
    "hba rule": """
        select count(*) from pg_catalog.regexp_split_to_table(
            pg_catalog.pg_read_file(pg_catalog.current_setting('hba_file')), '\\n') as line
        where line = %(name)s
            -- a line in error is named by what the server says of it, with what the line said masked
            or exists (
                select
                from pg_catalog.pg_hba_file_rules as h
                where %(name)s = 'pg_hba.conf: ' || pg_catalog.regexp_replace(h.error, '".*"', '"***"')
            )""",
    "session": "select count(*) from pg_catalog.pg_stat_activity as a where a.application_name = %(name)s",
    "query": """
        select count(*) from extensions.pg_stat_statements as s
        where pg_catalog.strpos(s.query, %(name)s) > 0 and s.query ~* '^\\s*select'
          and s.userid = 'demo_app'::pg_catalog.regrole""",
}


@pytest.fixture(scope="module")
def plan() -> Manifest:
    return manifest()


@pytest.fixture(scope="module")
def demo_dsn() -> Iterator[str]:
    """A loaded demo that has seen its traffic; no test changes it."""
    with private_cluster(18) as cluster:
        with cluster.connect() as connection:
            connection.execute("create database demo")
        dsn = make_conninfo(cluster.dsn, dbname="demo")
        with psycopg.connect(dsn) as connection:
            load(connection)
        run_traffic(dsn)
        wait_for_counters(Database(cluster.major, "demo", dsn))
        yield dsn


@pytest.fixture(scope="module")
def demo(demo_dsn: str) -> Iterator[Connection]:
    with psycopg.connect(demo_dsn, autocommit=True) as connection:
        yield connection


def planted(plan: Manifest, check: str) -> set[tuple[str | None, str]]:
    """The (table, name) pairs that the manifest has for a check."""
    return {(fault.object.table, fault.object.name) for fault in plan.faults if fault.check == check}


def pairs(connection: Connection, query: str) -> set[tuple[str | None, str]]:
    return {(row[0], row[1]) for row in connection.execute(query.encode()).fetchall()}


def names(connection: Connection, query: str) -> set[str]:
    return {row[0] for row in connection.execute(query.encode()).fetchall()}


def as_application(connection: Connection, query: str, *, tenant_id: int = 2) -> list[tuple[Any, ...]]:
    """Run a query as demo_app for a tenant, and undo what it did."""
    with connection.transaction(force_rollback=True):
        connection.execute("set local role demo_app")
        connection.execute("select pg_catalog.set_config('app.tenant_id', %s, true)", (str(tenant_id),))
        return connection.execute(query.encode()).fetchall()


def test_manifest_has_a_fault_for_each_check_that_a_fresh_server_allows(plan: Manifest) -> None:
    assert {fault.check for fault in plan.faults} >= ASKED_FOR
    assert len(plan.faults) >= 25
    assert len(plan.decoys) >= 15


def test_no_object_is_both_fault_and_decoy_of_one_check(plan: Manifest) -> None:
    faults = [(fault.check, fault.object) for fault in plan.faults]
    decoys = [(decoy.check, decoy.object) for decoy in plan.decoys]
    assert len(set(faults + decoys)) == len(faults) + len(decoys)


def test_every_object_of_the_manifest_exists(plan: Manifest, demo: Connection, demo_dsn: str) -> None:
    def exists(reference: ObjectRef) -> bool:
        parameters = {"schema": reference.schema, "table": reference.table, "name": reference.name}
        row = demo.execute(EXISTS[reference.kind].encode(), parameters).fetchone()
        return row is not None and row[0] >= 1

    with hold_open_transaction(demo_dsn):
        objects = [fault.object for fault in plan.faults] + [decoy.object for decoy in plan.decoys]
        absent = [reference for reference in objects if not exists(reference)]
    assert absent == []


def test_manifest_names_every_foreign_key_without_an_index(plan: Manifest, demo: Connection) -> None:
    without_index = pairs(
        demo,
        """
        select c.conrelid::regclass::text, c.conname
        from pg_catalog.pg_constraint as c
        where c.contype = 'f' and c.conparentid = 0 and c.conenforced and not exists (
            select from pg_catalog.pg_index as i
            where i.indrelid = c.conrelid and i.indisvalid and i.indexprs is null
              and (i.indpred is null or pg_catalog.pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$')
              and (select pg_catalog.array_agg(k order by k) from pg_catalog.unnest(c.conkey) as k)
                = (select pg_catalog.array_agg(k.attnum order by k.attnum)
                   from pg_catalog.unnest(i.indkey::smallint[]) with ordinality as k (attnum, position)
                   where k.position <= pg_catalog.cardinality(c.conkey) and k.position <= i.indnkeyatts)
        )""",
    )
    assert without_index == {
        (f"market.{table}", name) for table, name in planted(plan, "indexes/unindexed_foreign_key")
    }


def test_manifest_names_every_invalid_index(plan: Manifest, demo: Connection) -> None:
    invalid = pairs(
        demo,
        """
        select t.relname, x.relname
        from pg_catalog.pg_index as i
        join pg_catalog.pg_class as t on t.oid = i.indrelid
        join pg_catalog.pg_class as x on x.oid = i.indexrelid
        where not i.indisvalid""",
    )
    assert invalid == planted(plan, "indexes/invalid")


@pytest.mark.parametrize(
    ("check", "relation"),
    [
        ("indexes/duplicate", "narrow.columns = wide.columns"),
        ("indexes/redundant_prefix", "narrow.columns <> wide.columns"),
    ],
)
def test_manifest_names_every_index_that_another_one_replaces(
    plan: Manifest, demo: Connection, check: str, relation: str
) -> None:
    replaced = pairs(
        demo,
        f"""
        with described as (
            select
                i.indrelid, t.relname as table_name, c.relname as index_name, c.relam, i.indisunique, i.indisclustered,
                coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), '') as predicate,
                (select pg_catalog.array_agg(
                     pg_catalog.concat_ws('/', pg_catalog.pg_get_indexdef(i.indexrelid, n, false),
                         i.indclass[n - 1], i.indcollation[n - 1], i.indoption[n - 1])
                     order by n)
                 from pg_catalog.generate_series(1, i.indnkeyatts) as n) as keys,
                (select pg_catalog.array_agg(pg_catalog.pg_get_indexdef(i.indexrelid, n, false) order by n)
                 from pg_catalog.generate_series(1, i.indnatts) as n) as columns
            from pg_catalog.pg_index as i
            join pg_catalog.pg_class as c on c.oid = i.indexrelid
            join pg_catalog.pg_class as t on t.oid = i.indrelid
            where t.relnamespace::regnamespace::text like 'market%' and i.indisvalid and not t.relispartition
        )
        select narrow.table_name, narrow.index_name
        from described as narrow
        join described as wide on wide.indrelid = narrow.indrelid and wide.index_name <> narrow.index_name
        where narrow.relam = wide.relam and narrow.predicate = wide.predicate
          and not narrow.indisunique and not narrow.indisclustered
          and narrow.columns <@ wide.columns
          and narrow.keys = wide.keys[1:pg_catalog.cardinality(narrow.keys)]
          and {relation}""",
    )
    assert replaced == planted(plan, check)


def test_manifest_names_every_table_without_a_primary_key(plan: Manifest, demo: Connection) -> None:
    without_key = names(
        demo,
        """
        select t.relname
        from pg_catalog.pg_class as t
        where t.relkind in ('r', 'p') and not t.relispartition and t.relnamespace::regnamespace::text in (
            'market', 'market_private', 'market_imports', 'public'
        ) and not exists (
            select from pg_catalog.pg_constraint as c where c.conrelid = t.oid and c.contype = 'p'
        )""",
    )
    assert without_key == {name for _, name in planted(plan, "constraints/missing_primary_key")}


@pytest.mark.parametrize(
    ("check", "condition"),
    [
        ("constraints/not_validated", "not x.convalidated and x.conenforced and x.contype <> 'n'"),
        ("constraints/not_null_not_valid", "not x.convalidated and x.conenforced and x.contype = 'n'"),
        ("constraints/not_enforced", "not x.conenforced"),
    ],
)
def test_manifest_names_every_constraint_that_does_not_hold(
    plan: Manifest, demo: Connection, check: str, condition: str
) -> None:
    found = names(demo, f"select x.conname from pg_catalog.pg_constraint as x where {condition}")
    assert found == {name for _, name in planted(plan, check)}


def test_manifest_names_every_foreign_key_between_different_types(plan: Manifest, demo: Connection) -> None:
    mismatched = names(
        demo,
        """
        select c.conname
        from pg_catalog.pg_constraint as c
        cross join unnest(c.conkey, c.confkey) as k (referencing, referenced)
        join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.referencing
        join pg_catalog.pg_attribute as b on b.attrelid = c.confrelid and b.attnum = k.referenced
        where c.contype = 'f' and a.atttypid <> b.atttypid""",
    )
    assert mismatched == {name for _, name in planted(plan, "constraints/foreign_key_type_mismatch")}


@pytest.mark.parametrize(
    ("check", "types"),
    [
        ("schema/type_timestamp_without_tz", "'timestamp'"),
        ("schema/type_timetz", "'timetz'"),
        ("schema/type_money", "'money'"),
        ("schema/type_json", "'json'"),
        ("schema/type_char_n", "'bpchar'"),
    ],
)
def test_manifest_names_every_column_of_a_doubtful_type(
    plan: Manifest, demo: Connection, check: str, types: str
) -> None:
    found = pairs(
        demo,
        f"""
        select t.relname, a.attname
        from pg_catalog.pg_attribute as a
        join pg_catalog.pg_class as t on t.oid = a.attrelid
        where t.relkind in ('r', 'p') and a.attnum > 0 and t.relnamespace::regnamespace::text like 'market%'
          and a.atttypid in (select y.oid from pg_catalog.pg_type as y where y.typname in ({types}))""",
    )
    assert found == planted(plan, check)


def test_manifest_names_every_exposed_table_without_row_level_security(plan: Manifest, demo: Connection) -> None:
    exposed = names(
        demo,
        """
        select t.relname
        from pg_catalog.pg_class as t
        cross join (values ('demo_app'), ('demo_portal')) as r (role_name)
        where t.relkind in ('r', 'p') and not t.relrowsecurity
          and t.relnamespace::regnamespace::text in ('market', 'market_private', 'market_imports', 'public')
          and pg_catalog.has_schema_privilege(r.role_name, t.relnamespace, 'usage')
          and (pg_catalog.has_table_privilege(r.role_name, t.oid, 'select, insert, update, delete')
               or pg_catalog.has_any_column_privilege(r.role_name, t.oid, 'select, insert, update'))""",
    )
    assert exposed == {name for _, name in planted(plan, "security/rls_disabled_exposed_table")}


def test_manifest_names_every_table_whose_owner_escapes_its_policies(plan: Manifest, demo: Connection) -> None:
    escaping = names(
        demo,
        """
        select distinct t.relname
        from pg_catalog.pg_class as t
        join pg_catalog.pg_roles as r on pg_catalog.pg_has_role(r.oid, t.relowner, 'member')
        where t.relrowsecurity and not t.relforcerowsecurity and r.rolcanlogin and not r.rolsuper""",
    )
    assert escaping == {name for _, name in planted(plan, "security/owner_bypasses_rls")}


def test_manifest_names_every_schema_in_which_everybody_may_create(plan: Manifest, demo: Connection) -> None:
    open_to_all = names(
        demo,
        """
        select n.nspname
        from pg_catalog.pg_namespace as n
        cross join pg_catalog.aclexplode(n.nspacl) as a
        where a.grantee = 0 and a.privilege_type = 'CREATE'""",
    )
    assert open_to_all == {name for _, name in planted(plan, "security/public_can_create_in_schema")}


def test_manifest_names_every_sequence_that_is_nearly_used_up(plan: Manifest, demo: Connection) -> None:
    planted_names = {name for _, name in planted(plan, "sequences/near_exhaustion")}
    assert planted_names == {"order_id_seq", "tickets_number_seq", "import_batch_seq"}
    last: dict[str, int] = dict(
        demo.execute("select s.sequencename, s.last_value from pg_catalog.pg_sequences as s").fetchall()
    )
    assert last["order_id_seq"] / (2**31 - 1) > 0.95
    assert last["tickets_number_seq"] / (2**15 - 1) > 0.95
    assert last["import_batch_seq"] / -100_000 > 0.95


def test_collation_of_breeds_has_another_version_than_the_server(demo: Connection) -> None:
    found = names(
        demo,
        """
        select c.collname from pg_catalog.pg_collation as c
        where c.collversion <> pg_catalog.pg_collation_actual_version(c.oid)""",
    )
    assert found == {"shop_text"}


def test_file_errors_are_the_two_planted_lines(demo: Connection) -> None:
    settings = demo.execute(
        """
        select f.name, f.error, s.context
        from pg_catalog.pg_file_settings as f join pg_catalog.pg_settings as s on s.name = f.name
        where f.error is not null order by f.name""",
    ).fetchall()
    assert settings == [
        ("idle_in_transaction_session_timeout", "setting could not be applied", "user"),
        ("max_locks_per_transaction", "setting could not be applied", "postmaster"),
    ]
    rules = demo.execute("select h.error from pg_catalog.pg_hba_file_rules as h where h.error is not null").fetchall()
    assert rules == [('invalid authentication method "scram-sha256"',)]


def test_no_timeout_is_set_anywhere(demo: Connection) -> None:
    values = demo.execute(
        """
        select distinct s.setting from pg_catalog.pg_settings as s
        where s.name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')""",
    ).fetchall()
    assert values == [("0",)]
    assert demo.execute("select count(*) from pg_catalog.pg_db_role_setting").fetchall() == [(0,)]


def test_slow_queries_are_slow_and_frequent_and_the_decoys_lack_one_of_both(plan: Manifest, demo: Connection) -> None:
    def statistics(fragment: str) -> tuple[int, float]:
        row = demo.execute(
            """
            select s.calls, s.mean_exec_time from extensions.pg_stat_statements as s
            where pg_catalog.strpos(s.query, %s) > 0 and s.userid = 'demo_app'::pg_catalog.regrole""",
            (fragment,),
        ).fetchone()
        assert row is not None, fragment
        return int(row[0]), float(row[1])

    for _, fragment in planted(plan, "workload/slow_queries"):
        calls, mean_ms = statistics(fragment)
        assert calls >= 100, fragment
        assert mean_ms >= 20, fragment
    rare_calls, rare_ms = statistics("m.body ~*")
    assert rare_calls < 100
    assert rare_ms >= 20
    frequent_calls, frequent_ms = statistics("from market.contacts as c where c.tenant_id")
    assert frequent_calls >= 100
    assert frequent_ms < 20


def test_open_transaction_is_held_and_then_let_go(demo: Connection, demo_dsn: str) -> None:
    query = "select a.state from pg_catalog.pg_stat_activity as a where a.pid = %s"
    with hold_open_transaction(demo_dsn) as process_id:
        assert demo.execute(query, (process_id,)).fetchall() == [("idle in transaction",)]
        pooled = demo.execute(
            "select a.state from pg_catalog.pg_stat_activity as a where a.application_name = 'demo-pool'"
        ).fetchall()
        assert pooled == [("idle",)]
    eventually(lambda: demo.execute(query, (process_id,)).fetchall() == [])


def test_healthy_tables_keep_tenants_apart(demo: Connection) -> None:
    for table in ("messages", "invoices", "events", "documents"):
        assert as_application(demo, f"select distinct x.tenant_id from market.{table} as x") == [(2,)], table


@pytest.mark.parametrize("relation", ["coupons", "newsletter_signups", "page_views", "reviews", "tenant_revenue"])
def test_planted_leaks_show_other_tenants(demo: Connection, relation: str) -> None:
    seen = as_application(demo, f"select count(distinct x.tenant_id) from market.{relation} as x")
    assert seen[0][0] > 1


def test_owner_of_payouts_sees_every_tenant_where_the_owner_of_ledgers_does_not(demo: Connection) -> None:
    assert as_application(demo, "select count(distinct p.tenant_id) > 1 from market.payouts as p") == [(True,)]
    with demo.transaction(force_rollback=True):
        demo.execute("set local role demo_portal")
        demo.execute("set local app.tenant_id = '3'")
        seen = demo.execute("select count(distinct l.tenant_id) from market.ledgers as l").fetchall()
    assert seen == [(1,)]


def test_next_coupon_collides_with_a_restored_one(demo: Connection) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        demo.execute("insert into market.coupons (tenant_id, code, percent_off) values (2, 'NEW', 5)")


def test_refund_of_an_unknown_payment_is_accepted(demo: Connection) -> None:
    with demo.transaction(force_rollback=True):
        inserted = demo.execute(
            "insert into market.refunds (tenant_id, payment_id, amount, reason) values (1, -1, 1, 'none') returning 1"
        ).fetchall()
    assert inserted == [(1,)]


def test_published_table_without_a_key_cannot_be_updated(demo: Connection) -> None:
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="replica identity"):
        demo.execute("update market.import_rows set raw_line = '' where line_number = 1")


def test_only_old_counters_make_an_index_unused(plan: Manifest, demo: Connection) -> None:
    unused = [fault for fault in plan.faults if fault.check == "indexes/unused"]
    assert {fault.requires for fault in unused} == {Requirement.OLD_COUNTERS}
    scans = names(
        demo,
        """
        select s.indexrelname from pg_catalog.pg_stat_user_indexes as s
        join pg_catalog.pg_stat_user_tables as t on t.relid = s.relid
        where s.idx_scan = 0 and t.seq_scan + t.idx_scan > 0""",
    )
    assert {fault.object.name for fault in unused} <= scans


def test_repaired_twin_has_no_broken_files_no_leaks_and_no_slow_queries() -> None:
    with private_cluster(18) as cluster:
        with cluster.connect() as connection:
            load(connection)
            repair(connection)
            repair(connection)
            errors = connection.execute(
                """
                select f.error from pg_catalog.pg_file_settings as f where f.error is not null
                union all
                select h.error from pg_catalog.pg_hba_file_rules as h where h.error is not null"""
            ).fetchall()
            assert errors == []
            assert connection.execute("select count(*) from only market.events_default").fetchall() == [(0,)]
            assert connection.execute("select count(*) from market.events").fetchall() == [(36000,)]
            for table in ("reviews", "support_notes", "saved_searches"):
                assert as_application(connection, f"select distinct x.tenant_id from market.{table} as x") == [(2,)]
            connection.execute("create index on market.messages (tenant_id, listing_id)")
            connection.execute("create index on market.messages (tenant_id, handled_by_user_id)")
        run_traffic(cluster.dsn)
        # The server starts again only if nothing is wrong in its files.
        cluster.restart()
        with cluster.connect() as connection:
            slow = connection.execute(
                """
                select s.query from extensions.pg_stat_statements as s
                where s.mean_exec_time >= 20 and s.calls >= 100"""
            ).fetchall()
            assert slow == []
