"""Owners and privileges as DDL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from probes.catalog.acl import grants_of
from probes.catalog.names import quoted
from probes.catalog.navigation.roles import Grant
from probes.catalog.rows import (
    PgAttribute,
    PgClass,
    PgCollation,
    PgDefaultAcl,
    PgNamespace,
    PgProc,
    PgPublication,
    PgRole,
    PgStatisticExt,
    PgType,
)
from probes.finding import ObjectRef
from probes.render.functions import about_function
from probes.render.giving import Given, written
from probes.render.model import Key, Phase, Piece, UnwritableError
from probes.render.names import FIRST_USER_OID, Names
from probes.render.scribe import Scribe
from probes.render.sequences import owned
from probes.render.tables import about_relation
from probes.render.types import about_type, is_array

_PUBLIC_OID = 2200
_ALTERED = {"v": "view", "m": "materialized view", "S": "sequence", "f": "foreign table", "c": "type"}
_DEFAULT_KINDS = {"r": ("tables", "r"), "S": ("sequences", "S"), "f": ("functions", "f"), "T": ("types", "T"),
                  "n": ("schemas", "n"), "L": ("large objects", "L")}  # fmt: skip


class Owned(msgspec.Struct, frozen=True):
    """Something with an owner and privileges."""

    key: Key
    about: ObjectRef
    name: Callable[[Scribe], str]
    altered: str
    """The word behind ALTER; empty where the owner follows from another object."""
    granted: str
    """The word behind GRANT ... ON; empty where there are no privileges."""
    acl_kind: str
    owner: int
    acl: tuple[str, ...] | None
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()


def owners(names: Names, built_by: str | None = None) -> Iterator[Given]:
    """The owner of everything.

    Args:
        names: The catalog.
        built_by: The role that runs the statements: it owns what it makes. The schema `public` is there already.
    """
    builder = names.catalog.find(PgRole, built_by, "name") if built_by else None
    for one in _everything(names):
        if one.altered and (builder is None or one.owner != builder.oid or one.key[1] < FIRST_USER_OID):
            yield _owner(names, one)


def privileges(names: Names) -> Iterator[Given]:
    """What was granted on everything, and what was taken from the defaults."""
    for one in _everything(names):
        if one.granted and (one.acl is not None or one.columns):
            yield _privileges(names, one)


def _owner(names: Names, one: Owned) -> Given:
    key: Key = (f"owner of {one.key[0]}", one.key[1])

    def write(scribe: Scribe) -> Piece:
        scribe.need(*one.key)
        sql = f"alter {one.altered} {one.name(scribe)} owner to {scribe.role(one.owner)}"
        return scribe.piece(key, Phase.OWNER, one.about, [sql])

    return written(names, key, one.about, write)


def _privileges(names: Names, one: Owned) -> Given:
    key: Key = (f"privileges on {one.key[0]}", one.key[1])

    def write(scribe: Scribe) -> Piece:
        scribe.need(*one.key)
        on = f"{one.granted} {one.name(scribe)}"
        sql: list[str] = []
        if one.acl is not None:
            sql += grants_on(scribe, on, one.owner, one.acl, one.acl_kind)
        for column, acl in one.columns:
            given = grants_of(names.catalog, acl, one.owner, "c")
            sql += _grants(scribe, on, one.owner, given, f" ({quoted(column)})")
        return scribe.piece(key, Phase.PRIVILEGE, one.about, sql)

    return written(names, key, one.about, write)


def grants_on(scribe: Scribe, on: str, owner: int, acl: tuple[str, ...], kind: str) -> Iterator[str]:
    """REVOKE of the defaults and GRANT of all that an access control list says.

    Args:
        scribe: Writes the names of roles.
        on: What stands behind ON: the word for the kind of object and its name.
        owner: Oid of the owner.
        acl: The items.
        kind: The kind, as `probes.catalog.acl.grants_of` takes it.
    """
    yield f"revoke all on {on} from public, {scribe.role(owner)}"
    yield from _grants(scribe, on, owner, grants_of(scribe.catalog, acl, owner, kind))


def _grants(scribe: Scribe, on: str, owner: int, given: Sequence[Grant], column: str = "") -> Iterator[str]:
    """GRANT statements: first the owner's own, then those by roles that were given the right to."""
    together: dict[tuple[int, int, bool], list[str]] = {}
    for grant in sorted(given, key=lambda grant: grant.grantor != owner):
        together.setdefault((grant.grantor, grant.grantee, grant.grantable), []).append(grant.privilege)
    for (grantor, grantee, grantable), words in together.items():
        if -1 in {grantor, grantee}:
            scribe.lack("a privilege of a role that is gone")
            continue
        listed = ", ".join(f"{word}{column}" for word in words)
        option = " with grant option" if grantable else ""
        sql = f"grant {listed} on {on} to {scribe.role(grantee)}{option}"
        yield from [sql] if grantor == owner else [f"set role {scribe.role(grantor)}", sql, "reset role"]


def _everything(names: Names) -> Iterator[Owned]:
    yield from _schemas(names)
    yield from _relations(names)
    yield from _functions(names)
    yield from _types(names)
    yield from _others(names)


def _schemas(names: Names) -> Iterator[Owned]:
    for row in names.catalog.rows(PgNamespace):
        if not names.is_member("pg_namespace", row.oid):
            name, about = quoted(row.name), ObjectRef("schema", row.name)
            key: Key = ("pg_namespace", row.oid)
            acl = row.acl if row.acl is not None or row.oid != _PUBLIC_OID else ()
            yield Owned(key, about, _named(name), "schema", "schema", "n", row.owner, acl)


def _relations(names: Names) -> Iterator[Owned]:
    follow = owned(names)
    columns: dict[int, list[tuple[str, tuple[str, ...]]]] = {}
    for column in names.catalog.rows(PgAttribute):
        if column.acl is not None:
            columns.setdefault(column.relation, []).append((column.name, column.acl))
    for row in names.catalog.rows(PgClass):
        if row.kind == "c" or names.is_member("pg_class", row.oid):
            continue
        altered = "" if row.oid in follow else _ALTERED.get(row.kind, "table")
        granted, kind = ("sequence", "S") if row.kind == "S" else ("table", "r")
        yield Owned(
            ("pg_class", row.oid),
            about_relation(names, row),
            _related(row.oid),
            altered,
            granted,
            kind,
            row.owner,
            row.acl,
            tuple(columns.get(row.oid, ())),
        )


def _functions(names: Names) -> Iterator[Owned]:
    for row in names.catalog.rows(PgProc):
        if names.is_member("pg_proc", row.oid) or row.language == "internal":
            continue
        name = _signed(row)
        key: Key = ("pg_proc", row.oid)
        yield Owned(key, about_function(names, row), name, "routine", "routine", "f", row.owner, row.acl)


def _signed(row: PgProc) -> Callable[[Scribe], str]:
    return lambda scribe: scribe.signature(row)


def _types(names: Names) -> Iterator[Owned]:
    for row in names.catalog.rows(PgType):
        made = row.oid >= FIRST_USER_OID and not is_array(row) and row.kind != "m"
        if made and not names.is_member("pg_type", row.oid):
            key: Key = ("pg_type", row.oid)
            name = _typed(row.oid)
            yield Owned(key, about_type(names, row), name, "type", "type", "T", row.owner, row.acl)


def _typed(oid: int) -> Callable[[Scribe], str]:
    return lambda scribe: scribe.type(oid)


def _others(names: Names) -> Iterator[Owned]:
    for row in names.catalog.rows(PgCollation):
        if row.oid >= FIRST_USER_OID and not names.is_member("3456", row.oid):
            about = ObjectRef("collation", row.name, names.catalog.schema_name(row.namespace))
            yield Owned(
                ("3456", row.oid), about, _placed(row.namespace, row.name), "collation", "", "", row.owner, None
            )
    for one in names.catalog.rows(PgStatisticExt):
        about = ObjectRef("statistics object", one.name, names.catalog.schema_name(one.namespace))
        yield Owned(("3381", one.oid), about, _placed(one.namespace, one.name), "statistics", "", "", one.owner, None)
    for publication in names.catalog.rows(PgPublication):
        name, about = quoted(publication.name), ObjectRef("publication", publication.name)
        key: Key = ("6104", publication.oid)
        yield Owned(key, about, _named(name), "publication", "", "", publication.owner, None)


def _named(name: str) -> Callable[[Scribe], str]:
    return lambda _scribe: name


def _related(oid: int) -> Callable[[Scribe], str]:
    return lambda scribe: scribe.relation(oid)


def _placed(namespace: int, name: str) -> Callable[[Scribe], str]:
    return lambda scribe: scribe.in_schema(namespace, name)


def default_privileges(names: Names) -> Iterator[Given]:
    """ALTER DEFAULT PRIVILEGES, after all objects that they would have touched."""
    for row in names.catalog.rows(PgDefaultAcl):
        yield _default_privileges(names, row)


def _default_privileges(names: Names, row: PgDefaultAcl) -> Given:
    key: Key = ("default privileges", row.oid)
    role = names.catalog.find(PgRole, row.role)
    about = ObjectRef("default privileges", role.name if role else str(row.role))

    def write(scribe: Scribe) -> Piece:
        if row.object_kind not in _DEFAULT_KINDS or row.object_kind == "L":
            raise UnwritableError("default privileges of large objects are not rendered")
        kind, acl_kind = _DEFAULT_KINDS[row.object_kind]
        where = f" in schema {scribe.schema(row.namespace)}" if row.namespace else ""
        head = f"alter default privileges for role {scribe.role(row.role)}{where}"
        sql = [] if row.namespace else [f"{head} revoke all on {kind} from public, {scribe.role(row.role)}"]
        for grant in grants_of(names.catalog, row.acl, row.role, acl_kind):
            if grant.grantee != -1:
                option = " with grant option" if grant.grantable else ""
                sql.append(f"{head} grant {grant.privilege} on {kind} to {scribe.role(grant.grantee)}{option}")
        return scribe.piece(key, Phase.LAST, about, sql)

    return written(names, key, about, write)
