"""Schemas, extensions and collations as DDL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from probes.catalog.names import quoted
from probes.catalog.rows import PgCollation, PgExtension, PgNamespace
from probes.finding import ObjectRef
from probes.render.giving import Given, written
from probes.render.model import Key, Missing, Phase, Piece
from probes.render.names import FIRST_USER_OID, Names
from probes.render.scribe import Scribe, string

_PUBLIC_OID = 2200


def schemas(names: Names) -> Iterator[Given]:
    """Every schema that no extension makes; `public`, which is there already, as it has become."""
    rows = names.catalog.rows(PgNamespace)
    if all(row.oid != _PUBLIC_OID for row in rows):
        about = ObjectRef("schema", "public")
        yield Piece(("dropped", 0), Phase.SCHEMA, about, ("drop schema public",), rank=-1)
    for row in rows:
        if row.oid == _PUBLIC_OID and row.name != "public":
            about = ObjectRef("schema", row.name)
            yield Piece(("dropped", 0), Phase.SCHEMA, about, (f"alter schema public rename to {quoted(row.name)}",))
        if row.oid >= FIRST_USER_OID and not names.is_member("pg_namespace", row.oid):
            key: Key = ("pg_namespace", row.oid)
            about = ObjectRef("schema", row.name)
            yield Piece(key, Phase.SCHEMA, about, (f"create schema {quoted(row.name)}",), provides=frozenset({key}))


def extensions(names: Names, available: Mapping[str, Collection[str]] | None = None) -> Iterator[Given]:
    """Every extension, with all that it makes; `plpgsql`, which is there already, only where it is gone.

    Args:
        names: The catalog.
        available: The versions of each extension that the server has files of; by default those wanted.
    """
    rows = names.catalog.rows(PgExtension)
    if all(row.name != "plpgsql" for row in rows):
        about = ObjectRef("extension", "plpgsql")
        yield Piece(("dropped", 1), Phase.EXTENSION, about, ("drop extension plpgsql",), rank=-1)
    members: dict[int, set[Key]] = {}
    for key, extension in names.members.items():
        members.setdefault(extension, set()).add(key)
    for row in rows:
        made = members.get(row.oid, set())
        if row.oid >= FIRST_USER_OID and (available is None or row.name in available):
            yield _extension(names, row, made, available.get(row.name) if available else None)
        elif row.oid >= FIRST_USER_OID:
            about, reason = ObjectRef("extension", row.name), "the server has no files of this extension"
            for key in {("3079", row.oid), *_with_their_parts(names, made)}:
                yield Missing(key, about, reason)


def _extension(names: Names, row: PgExtension, members: set[Key], versions: Collection[str] | None) -> Given:
    def write(scribe: Scribe) -> Piece:
        own_schema = ("pg_namespace", row.namespace) in members
        where = "" if own_schema else f" schema {scribe.schema(row.namespace)}"
        version = f" version {string(row.version)}" if versions is None or row.version in versions else ""
        if not version:
            scribe.lack(f"version {row.version}, which the server has no files of")
        sql = f"create extension {quoted(row.name)}{where}{version} cascade"
        return scribe.piece(key, Phase.EXTENSION, about, [sql], provides=_with_their_parts(names, members))

    key: Key = ("3079", row.oid)
    about = ObjectRef("extension", row.name)
    return written(names, key, about, write)


def _with_their_parts(names: Names, members: set[Key]) -> set[Key]:
    """Members, and what the catalog lists of members although it records no membership of its own."""
    return members | {("pg_type", oid) for oid, row in names.row_types.items() if ("pg_class", row.oid) in members}


def collations(names: Names) -> Iterator[Given]:
    """Collations of users. Their locale is not in the catalog: one of the same provider stands in."""
    for row in names.catalog.rows(PgCollation):
        if row.oid >= FIRST_USER_OID and not names.is_member("3456", row.oid):
            yield _collation(names, row)


def _collation(names: Names, row: PgCollation) -> Given:
    def write(scribe: Scribe) -> Piece:
        provider, locale = {"i": ("icu", "und"), "b": ("builtin", "C")}.get(row.provider, ("libc", "C"))
        deterministic = "" if row.is_deterministic else ", deterministic = false"
        scribe.lack("the catalog does not hold the locale of a collation")
        name = scribe.in_schema(row.namespace, row.name)
        sql = f"create collation {name} (provider = {provider}, locale = '{locale}'{deterministic})"
        return scribe.piece(key, Phase.COLLATION, about, [sql])

    key: Key = ("3456", row.oid)
    about = ObjectRef("collation", row.name, names.catalog.schema_name(row.namespace))
    return written(names, key, about, write)
