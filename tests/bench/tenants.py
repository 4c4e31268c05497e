"""A schema-per-tenant database of any number of tables: the shape on which auditors become slow.

A tenant has twenty tables. A table has about ten columns, three indexes, one foreign key (a quarter of them without an
index), defaults, NOT NULL columns, and in two of five cases a row security policy; with TOAST tables and sequences
that makes about six relations a table. All tables are empty.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from pgaudit.server.embedded import EmbeddedServer, data_template
from tests.servers import find_major_binaries

MAJOR = 18
TABLES_A_TENANT = 20
DATABASE = "tenants"
SETTINGS = {
    "shared_buffers": "4GB",  # everything stays in it: 2.5 GB of catalogs and 0.6 of sequences at 100,000 tables
    "max_locks_per_transaction": "1024",
    "max_wal_size": "8GB",
    "synchronous_commit": "off",
    "autovacuum": "off",  # nothing else may run while we measure
    "shared_preload_libraries": "",
}
_TENANTS_A_TRANSACTION = 10
_NAMES = (  # noqa: SIM905 -- a list of twenty quoted words is no easier to read
    "accounts contacts addresses animals breeds kennels listings photos prices orders "
    "order_lines invoices payments refunds messages threads reviews visits notes events"
).split()

_SHARED = """
create role tenant_app nologin;
create function public.touch() returns trigger language plpgsql as
    $$ begin new.updated_at := pg_catalog.now(); return new; end $$;
create type public.status as enum ('new', 'open', 'closed');
"""


def tenant_script(schema: str) -> str:
    """The DDL of one tenant."""
    statements = [f"create schema {schema}", f"grant usage on schema {schema} to tenant_app"]
    for number, name in enumerate(_NAMES):
        statements += _table(f"{schema}.{name}", name, number, f"{schema}.{_NAMES[max(0, number // 2 - 1)]}")
    statements.append(
        f"create view {schema}.open_orders with (security_invoker = true) as "
        f"select o.id, o.name from {schema}.orders as o where o.state = 'open'"
    )
    return ";\n".join(statements)


def _table(table: str, name: str, number: int, parent: str) -> Iterator[str]:
    key = "uuid primary key default pg_catalog.gen_random_uuid()" if number % 4 == 3 else "bigserial primary key"
    yield f"""create table {table} (
        id {key},
        tenant_id bigint not null,
        name text not null,
        state public.status not null default 'new',
        amount numeric(12, 2) not null default 0{" check (amount >= 0)" if number % 4 == 0 else ""},
        is_active boolean not null default true,
        payload jsonb,
        created_at timestamptz not null default pg_catalog.now(),
        updated_at timestamptz
    )"""
    if number:
        kind = "uuid" if max(0, number // 2 - 1) % 4 == 3 else "bigint"
        yield f"alter table {table} add column parent_id {kind} references {parent} (id)"
        if number % 4:
            yield f"create index {name}_parent_id on {table} (parent_id)"
    if number % 20 < 17:
        yield f"create index {name}_recent on {table} (tenant_id, created_at desc)"
    if number % 5 == 0:
        yield f"create index {name}_active on {table} (name) where is_active"
    if number % 5 < 2:
        yield f"alter table {table} enable row level security"
        tenant = "(select pg_catalog.current_setting('app.tenant')::bigint)"
        yield f"create policy tenant on {table} to tenant_app using (tenant_id = {tenant})"
    if number % 5 == 2:
        yield f"create trigger touch before update on {table} for each row execute function public.touch()"
    if number % 6 == 0:
        yield f"comment on table {table} is 'The {name} of a tenant'"
    yield f"grant select, insert, update, delete on {table} to tenant_app"


@contextlib.contextmanager
def tenant_server(tables: int, cache: Path | None = None) -> Iterator[EmbeddedServer]:
    """Give a running server that has the database `tenants`.

    Args:
        tables: How many; rounded up to whole tenants.
        cache: Where finished data directories are kept for the next run; they are big (5 GB for 100,000 tables).
    """
    binaries = find_major_binaries(MAJOR)
    kept = cache / f"tenants-{tables}-{_recipe()}" if cache else None
    template = kept if kept and kept.exists() else data_template(binaries)
    with EmbeddedServer(binaries, template=template, settings=SETTINGS) as server:
        if template != kept:
            fill(server.conninfo, tables)
            if kept:
                server.stop()
                _keep(server.data_directory, kept)
                server.start()
        yield server


def fill(conninfo: str, tables: int) -> None:
    """Create the database and its tenants, vacuumed and analysed like one that was left alone."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(f"create database {DATABASE}")
    tenants = -(-tables // TABLES_A_TENANT)
    with psycopg.connect(make_conninfo(conninfo, dbname=DATABASE), autocommit=True) as connection:
        connection.execute("set client_min_messages = warning")
        connection.execute(_SHARED.encode())
        for start in range(0, tenants, _TENANTS_A_TRANSACTION):
            batch = range(start, min(start + _TENANTS_A_TRANSACTION, tenants))
            script = ";\n".join(tenant_script(f"tenant_{number:05}") for number in batch)
            connection.execute(f"begin;\n{script};\ncommit".encode())
        connection.execute("vacuum (analyze)")
        connection.execute("checkpoint")


def _keep(data: Path, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_name(f"{kept.name}.{os.getpid()}")
    try:
        subprocess.run(["cp", "-a", data, unfinished], check=True)
        unfinished.rename(kept)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _recipe() -> str:
    return hashlib.sha256((_SHARED + tenant_script("x")).encode()).hexdigest()[:8]
