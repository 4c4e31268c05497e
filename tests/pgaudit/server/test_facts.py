from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from pgaudit.errors import ConnectionLost
from pgaudit.server.connect import connect
from pgaudit.server.facts import ServerFacts, read_facts
from pgaudit.server.pooler import PoolerVerdict
from pgaudit.server.url import parse_target
from probes.catalog.provider import Provider
from tests.servers import Database, PrivateCluster, Server, private_cluster, standby_of


def _facts(dsn: str, **parameters: str) -> ServerFacts:
    target = parse_target(psycopg.conninfo.make_conninfo(dsn, **parameters))
    with connect(target) as connection:
        return read_facts(connection, target)


def test_version_database_and_role_are_the_servers(database: Database) -> None:
    facts = _facts(database.dsn)
    assert facts.major == database.major
    assert facts.database == database.name
    assert facts.role.superuser
    assert not facts.in_recovery
    assert facts.provider is Provider.SELF_MANAGED
    assert facts.pooler.verdict is PoolerVerdict.NONE


def test_inherited_and_nested_memberships_count_as_privileges(server: Server) -> None:
    role = f"watcher_{server.major}"
    with server.connect() as connection:
        connection.execute(f"create role {role}_group; grant pg_monitor to {role}_group".encode())
        connection.execute(f"create role {role} login bypassrls in role {role}_group".encode())
    try:
        found = _facts(server.dsn, user=role).role
        assert not found.superuser
        assert found.bypasses_rls
        assert found.has("pg_read_all_stats")
        assert found.has("pg_read_all_settings")
        assert not found.has("pg_read_all_data")
    finally:
        with server.connect() as connection:
            connection.execute(f"drop role {role}, {role}_group".encode())


def test_memberships_that_need_set_role_do_not_count(server: Server) -> None:
    role = f"reluctant_{server.major}"
    with server.connect() as connection:
        connection.execute(f"create role {role} login noinherit in role pg_monitor".encode())
    try:
        assert not _facts(server.dsn, user=role).role.has("pg_read_all_stats")
    finally:
        with server.connect() as connection:
            connection.execute(f"drop role {role}".encode())


def test_facts_come_from_the_server_though_public_shadows_its_functions_and_operators(database: Database) -> None:
    database.execute(
        "create function public.version() returns text language sql as $$ select 'shadow' $$;"
        "create function public.pg_is_in_recovery() returns bool language sql as $$ select true $$;"
        "create function public.never(name, name) returns bool language sql as $$ select false $$;"
        "create operator public.= (leftarg = name, rightarg = name, function = public.never);"
        f"alter database {database.name} set search_path = public, pg_catalog"
    )
    facts = _facts(database.dsn)
    assert facts.version_text.startswith("PostgreSQL ")
    assert not facts.in_recovery
    assert facts.role.superuser


def test_counters_are_no_older_than_their_last_reset(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("select pg_catalog.pg_stat_reset()")
    assert _facts(database.dsn).counters_age < timedelta(minutes=1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[PrivateCluster]:
    with private_cluster(15) as started:
        yield started


def test_counters_are_no_older_than_the_servers_start_after_a_crash(cluster: PrivateCluster) -> None:
    cluster.kill()
    cluster.start()
    facts = _facts(cluster.dsn)
    assert facts.stats_reset_at is None
    assert timedelta() <= facts.counters_age < timedelta(minutes=1)


def test_a_standby_is_recognised(cluster: PrivateCluster) -> None:
    with standby_of(cluster) as standby:
        assert _facts(standby.dsn).in_recovery
    assert not _facts(cluster.dsn).in_recovery


def test_a_role_that_the_pgaudit_extension_logs_by_is_recognised(cluster: PrivateCluster) -> None:
    with cluster.connect() as connection:
        connection.execute(
            b"create role auditor; create role member login in role auditor; create role other login;"
            b"alter database postgres set pgaudit.role = 'auditor'"
        )
    assert _facts(cluster.dsn, user="member").is_object_audit_role
    other = _facts(cluster.dsn, user="other")
    assert other.object_audit_role == "auditor"
    assert not other.is_object_audit_role


def test_the_looking_leaves_the_session_as_it_was(cluster: PrivateCluster) -> None:
    target = parse_target(cluster.dsn)
    query = "select name, setting from pg_catalog.pg_settings order by name"
    with connect(target) as connection:
        before = connection.execute(query).fetchall()
        read_facts(connection, target)
        assert connection.execute(query).fetchall() == before
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_server_killed_during_the_look_is_a_lost_connection(cluster: PrivateCluster) -> None:
    target = parse_target(cluster.dsn)
    with connect(target) as connection:
        cluster.kill()
        try:
            with pytest.raises(ConnectionLost):
                read_facts(connection, target)
        finally:
            cluster.start()
