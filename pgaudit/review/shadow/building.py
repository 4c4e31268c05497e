"""Building the structure of a catalog in a fresh database, statement by statement; what fails is named."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from pgaudit.review.shadow.server import ShadowServer
from probes.catalog.catalog import Absent, Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgOpclass
from probes.collect.build import make
from probes.collect.session import Limits, Session
from probes.collect.structure import read_area
from probes.finding import ObjectRef
from probes.render.database import database_statements
from probes.render.model import Statement
from probes.render.render import SESSION, render
from probes.render.roles import roles

if TYPE_CHECKING:
    import psycopg

_BATCH = 100
_RESERVED = frozenset({"postgres", "template0", "template1", "pgaudit"})
CANDIDATE = "shadow_candidate"
"""The role that proposed SQL runs as: it owns what others own, and is no superuser."""


class Built(msgspec.Struct, frozen=True):
    """A database with the structure of a catalog, and what of the catalog is not in it."""

    conninfo: str
    database: str
    template: str
    """A database of the same structure that nobody is connected to."""
    lacking: Mapping[ObjectRef, str]
    made_roles: tuple[str, ...]


def build(server: ShadowServer, catalog: Catalog) -> Built:
    """The structure of the catalog in a new database. Raises psycopg.Error where none can be made."""
    import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415

    template, database = _names(server, catalog)
    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        made = _make_roles(connection, server, catalog)
        _sql(connection, f"create database {quoted(template)} template template0")
        available = _available_extensions(connection)
        catalog = _with_operator_classes(connection, server, catalog)
        builder = connection.info.user
    rendered = render(
        catalog,
        available_extensions=available,
        database=template,
        mark_invalid=True,
        inert=True,
        built_by=builder,
    )
    lacking = {one.object: one.reason for one in rendered.unrendered}
    with psycopg.connect(make_conninfo(server.conninfo, dbname=template), autocommit=True) as connection:
        for setting in (*SESSION, "set session_replication_role = replica"):
            _sql(connection, setting)
        lacking.update(_run(connection, rendered.statements))
    copy_database(server, template, database, catalog)
    return Built(make_conninfo(server.conninfo, dbname=database), database, template, lacking, made)


def _with_operator_classes(connection: psycopg.Connection[Any], server: ShadowServer, catalog: Catalog) -> Catalog:
    """The catalog with the server's own operator classes, where it has none: those of one major have the same oids."""
    if catalog.absent(PgOpclass) is None or catalog.server.major != server.major:
        return catalog
    with connection.transaction():
        raw = read_area(Session(connection, Limits()), PgOpclass)
    return catalog if isinstance(raw, Absent) else catalog.replacing({PgOpclass: make(PgOpclass, raw)})


def copy_database(server: ShadowServer, template: str, database: str, catalog: Catalog) -> None:
    """A copy of the template, with what a copy does not bring along: owner, privileges and settings."""
    import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        _sql(connection, f"create database {quoted(database)} template {quoted(template)}")
        if server.throw_away:
            _run(connection, database_statements(catalog, database))
            _sql(connection, f"grant all on database {quoted(database)} to {CANDIDATE}")


def drop_database(server: ShadowServer, database: str) -> None:
    """Remove a copy, with whoever is still connected to it."""
    import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        _sql(connection, f"drop database if exists {quoted(database)} with (force)")


def tear_down(server: ShadowServer, built: Built) -> None:
    """Remove everything from a server that is not ours."""
    import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

    for database in (built.database, built.template):
        drop_database(server, database)
    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        for role in reversed(built.made_roles):
            _sql(connection, f"drop role if exists {quoted(role)}")


def _names(server: ShadowServer, catalog: Catalog) -> tuple[str, str]:
    """Names for the template and for the database, which has the audited one's where that is free."""
    mark = secrets.token_hex(4)
    own = catalog.server.database
    free = server.throw_away and own not in _RESERVED
    return f"shadow_template_{mark}", own if free else f"shadow_{mark}"


def _make_roles(connection: psycopg.Connection[Any], server: ShadowServer, catalog: Catalog) -> tuple[str, ...]:
    """Roles that the cluster lacks, and the one that proposed SQL runs as on a server of ours."""
    present = {name for (name,) in connection.execute("select rolname from pg_catalog.pg_roles").fetchall()}
    statements = roles(catalog, leaving_out=frozenset(present))
    if not server.throw_away:
        # Names to own and to be granted things, without any right on a server that others use.
        created = (one.object for one in statements if one.sql.startswith("create role"))
        statements = tuple(Statement(about, f"create role {quoted(about.name)} nologin") for about in created)
    _run(connection, statements)
    made = tuple(dict.fromkeys(one.object.name for one in statements if one.object.name not in present))
    if server.throw_away:
        _sql(connection, f"create role {CANDIDATE} createrole createdb")
        for name in sorted({*present, *made}):
            if not name.startswith("pg_"):
                _sql(connection, f"grant {quoted(name)} to {CANDIDATE}")
        return (*made, CANDIDATE)
    return made


def _available_extensions(connection: psycopg.Connection[Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    query = "select name, version from pg_catalog.pg_available_extension_versions"
    for name, version in connection.execute(query).fetchall():
        found.setdefault(name, set()).add(version)
    return found


def _run(connection: psycopg.Connection[Any], statements: Sequence[Statement]) -> dict[ObjectRef, str]:
    """Run statements in batches; of a batch that fails each by itself. Gives what the server said of those that did."""
    import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

    failed: dict[ObjectRef, str] = {}
    for batch in _batches(statements):
        try:
            _sql(connection, ";\n".join(one.sql for one in batch))
        except psycopg.Error:
            for one in batch:
                try:
                    _sql(connection, one.sql)
                except psycopg.Error as error:
                    failed.setdefault(one.object, f"the server refused it: {_said(error)}")
    return failed


def _batches(statements: Sequence[Statement]) -> Iterator[Sequence[Statement]]:
    for start in range(0, len(statements), _BATCH):
        yield statements[start : start + _BATCH]


def _said(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error).partition("\n")[0]


def _sql(connection: psycopg.Connection[Any], sql: str) -> None:
    connection.execute(sql.encode())
