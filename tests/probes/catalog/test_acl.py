"""Grants are what aclexplode() and acldefault() say, on every kind of object."""

from __future__ import annotations

from typing import Any

import pytest

from probes.catalog.acl import grants_of
from probes.catalog.rows import (
    ForeignServer,
    PgAttribute,
    PgClass,
    PgDatabase,
    PgLanguage,
    PgNamespace,
    PgProc,
    PgType,
)
from tests.probes.collect.conftest import Rich

KINDS: dict[str, tuple[type[Any], str, str]] = {
    "r": (PgClass, "pg_class", "relkind in ('r', 'p', 'v', 'm', 'f') and oid >= 16384 and relnamespace <> 99"),
    "S": (PgClass, "pg_class", "relkind = 'S'"),
    "f": (PgProc, "pg_proc", "oid >= 16384"),
    "n": (PgNamespace, "pg_namespace", "nspname !~ '^pg_' and nspname <> 'information_schema'"),
    "d": (PgDatabase, "pg_database", "datname = current_database() or datname like 'template%'"),
    "l": (PgLanguage, "pg_language", "true"),
    "T": (PgType, "pg_type", "oid >= 16384 and typtype in ('e', 'd') or oid = 'pg_catalog.int4'::regtype"),
}
_PREFIX = {
    "pg_class": "rel",
    "pg_proc": "pro",
    "pg_namespace": "nsp",
    "pg_database": "dat",
    "pg_language": "lan",
    "pg_type": "typ",
}


@pytest.mark.parametrize("kind", KINDS)
def test_grants_are_those_of_aclexplode(rich: Rich, kind: str) -> None:
    row_type, table, condition = KINDS[kind]
    prefix = _PREFIX[table]
    owner = f"{prefix}dba" if table == "pg_database" else f"{prefix}owner"
    expected = rich.ask(
        f"select oid::int8, grantee::int8, privilege_type, is_grantable, grantor::int8 from {table}, "
        f"aclexplode(coalesce({prefix}acl, acldefault('{kind.replace('S', 's')}', {owner}))) where {condition}"
    )
    asked = {row[0] for row in rich.ask(f"select oid::int8 from {table} where {condition}")}
    found = [
        (row.oid, grant.grantee, grant.privilege, grant.grantable, grant.grantor)
        for row in rich.catalog.rows(row_type)
        if row.oid in asked
        for grant in grants_of(rich.catalog, row.acl, row.owner, kind)
    ]
    assert expected
    assert sorted(found) == sorted(expected)


def test_grants_on_columns_are_those_of_aclexplode(rich: Rich) -> None:
    expected = rich.ask(
        "select attrelid::int8, attnum::int4, grantee::int8, privilege_type, is_grantable, grantor::int8 "
        "from pg_attribute, aclexplode(attacl) where attrelid >= 16384"
    )
    found = [
        (row.relation, row.number, grant.grantee, grant.privilege, grant.grantable, grant.grantor)
        for row in rich.catalog.rows(PgAttribute)
        if row.acl is not None
        for grant in grants_of(rich.catalog, row.acl, 0, "c")
    ]
    assert expected
    assert sorted(found) == sorted(expected)


def test_grants_on_foreign_servers_are_there(rich: Rich) -> None:
    acls = [row.acl for row in rich.catalog.rows(ForeignServer)]
    assert [list(acl or ()) for acl in acls] == [
        row[0] for row in rich.ask("select srvacl::text[] from pg_foreign_server")
    ]
