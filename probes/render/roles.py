"""Roles as DDL, apart from the rest: they belong to the whole cluster."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgAuthMembers, PgDbRoleSetting, PgRole
from probes.finding import ObjectRef
from probes.render.functions import assignment
from probes.render.giving import Given
from probes.render.model import Phase, Piece, Statement
from probes.render.names import Names

_SINCE_OPTIONS = 16
_HARMFUL = ("local_preload_libraries", "session_preload_libraries", "role", "session_authorization")
"""Settings that would keep people from connecting where their files or roles are not there."""


def roles(catalog: Catalog, *, leaving_out: frozenset[str] = frozenset()) -> tuple[Statement, ...]:
    """CREATE ROLE for every role of users, without passwords, then their memberships and settings everywhere.

    Args:
        catalog: Whose roles.
        leaving_out: Names of roles that the cluster has already.
    """
    return (*_created(catalog, leaving_out), *_memberships(catalog), *_settings(catalog))


def _created(catalog: Catalog, leaving_out: frozenset[str]) -> Iterator[Statement]:
    for row in catalog.rows(PgRole):
        if not row.name.startswith("pg_") and row.name not in leaving_out:
            yield Statement(ObjectRef("role", row.name), f"create role {quoted(row.name)} with {_attributes(row)}")


def _attributes(row: PgRole) -> str:
    flags = {
        "superuser": row.superuser,
        "inherit": row.inherit,
        "createrole": row.create_role,
        "createdb": row.create_database,
        "login": row.can_login,
        "replication": row.replication,
        "bypassrls": row.bypass_rls,
    }
    words = [word if wanted else f"no{word}" for word, wanted in flags.items()]
    words.append(f"connection limit {row.connection_limit}")
    if row.valid_until is not None:
        words.append(f"valid until '{datetime.fromtimestamp(row.valid_until, UTC).isoformat()}'")
    return " ".join(words)


def _memberships(catalog: Catalog) -> Iterator[Statement]:
    for row in catalog.rows(PgAuthMembers):
        role, member = catalog.find(PgRole, row.role), catalog.find(PgRole, row.member)
        if role is None or member is None or member.name.startswith("pg_"):
            continue
        options = [f"admin {row.admin}"] if row.admin or catalog.server.major >= _SINCE_OPTIONS else []
        if catalog.server.major >= _SINCE_OPTIONS:
            options += [f"inherit {row.inherit}", f"set {row.may_set}"]
            words = f" with {', '.join(options)}".lower()
        else:
            words = " with admin option" if options else ""
        yield Statement(ObjectRef("role", member.name), f"grant {quoted(role.name)} to {quoted(member.name)}{words}")


def _settings(catalog: Catalog) -> Iterator[Statement]:
    for row in catalog.rows(PgDbRoleSetting):
        role = catalog.find(PgRole, row.role)
        if row.database == 0 and role is not None:
            for text in _harmless(row.settings):
                yield Statement(ObjectRef("role", role.name), f"alter role {quoted(role.name)} {assignment(text)}")


def settings(names: Names, database: str) -> Iterator[Given]:
    """Settings bound to this database, for everybody or for one role.

    Args:
        names: The catalog.
        database: What the database is called in which the statements run.
    """
    catalog = names.catalog
    for number, row in enumerate(catalog.rows(PgDbRoleSetting)):
        role = catalog.find(PgRole, row.role)
        if row.database != catalog.server.database_oid or (row.role and role is None):
            continue
        about = ObjectRef("setting", role.name if role else database)
        where = f"role {quoted(role.name)} in database {quoted(database)}" if role else f"database {quoted(database)}"
        sql = tuple(f"alter {where} {assignment(text)}" for text in _harmless(row.settings))
        yield Piece(("settings", number), Phase.LAST, about, sql, rank=2)


def _harmless(assignments: tuple[str, ...]) -> Iterator[str]:
    return (text for text in assignments if text.partition("=")[0] not in _HARMFUL)
