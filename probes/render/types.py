"""Types of users as DDL: enums, composite types, ranges, domains."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.names import quoted
from probes.catalog.rows import PgAttribute, PgConstraint, PgType
from probes.finding import ObjectRef
from probes.render.giving import Given, written
from probes.render.model import Key, Phase, Piece, UnwritableError
from probes.render.names import FIRST_USER_OID, Names
from probes.render.scribe import Scribe, string

COMPRESSION = {"p": "pglz", "l": "lz4"}
_KINDS = {"e": "enum", "c": "composite type", "r": "range type", "d": "domain"}


def types(names: Names) -> Iterator[Given]:
    """Every type of a user; arrays and multiranges come with their types."""
    for row in names.catalog.rows(PgType):
        if row.oid < FIRST_USER_OID or is_array(row) or row.kind == "m":
            continue
        if not names.is_member("pg_type", row.oid) and not names.is_member("pg_class", row.relation):
            yield _type(names, row)


def is_array(row: PgType) -> bool:
    """Whether it is the array type of another type; a domain over an array is not."""
    return row.kind == "b" and row.category == "A"


def about_type(names: Names, row: PgType) -> ObjectRef:
    """The type as findings name it."""
    return ObjectRef(_KINDS.get(row.kind, "type"), row.name, names.catalog.schema_name(row.namespace))


def _type(names: Names, row: PgType) -> Given:
    def write(scribe: Scribe) -> Piece:
        sql = _definition(scribe, row)
        return scribe.piece(key, Phase.DEFINITION, about_type(names, row), sql, provides=_provided(names, row))

    key: Key = ("pg_type", row.oid)
    return written(names, key, about_type(names, row), write)


def _provided(names: Names, row: PgType) -> set[Key]:
    found: set[Key] = {("pg_type", row.array)} if row.array else set()
    if row.relation:
        found.add(("pg_class", row.relation))
    many = _multirange(names, row)
    return found if many is None else found | {("pg_type", many.oid), ("pg_type", many.array)}


def _definition(scribe: Scribe, row: PgType) -> list[str]:
    name = scribe.in_schema(row.namespace, row.name)
    match row.kind:
        case "e":
            return [f"create type {name} as enum ({', '.join(map(string, row.labels))})"]
        case "c":
            return [f"create type {name} as ({_fields(scribe, row.relation)})"]
        case "r":
            return [f"create type {name} as range ({_range(scribe, row)})"]
        case "d":
            return _domain(scribe, row, name)
        case "p":
            return [f"create type {name}"]
        case _:
            raise UnwritableError("the catalog does not hold how a base type is read and written")


def _fields(scribe: Scribe, relation: int) -> str:
    rows = scribe.catalog.grouped(PgAttribute, "relation").get(relation, [])
    return ", ".join(f"{quoted(row.name)} {column_type(scribe, row)}" for row in rows)


def column_type(scribe: Scribe, row: PgAttribute) -> str:
    """The type of a column with its compression, and its collation where that is not the type's own."""
    own = scribe.catalog.find(PgType, row.type)
    collation = scribe.collation(row.collation, own.collation if own else 0)
    compression = f" compression {COMPRESSION[row.compression]}" if row.compression in COMPRESSION else ""
    return scribe.type(row.type, row.typmod, row.dimensions) + compression + collation


def _range(scribe: Scribe, row: PgType) -> str:
    scribe.lack("the catalog holds no operator class, collation and functions of a range type")
    clauses = [f"subtype = {scribe.type(row.range_subtype)}"]
    many = _multirange(scribe.names, row)
    if many is not None:
        clauses.append(f"multirange_type_name = {scribe.in_schema(many.namespace, many.name)}")
    return ", ".join(clauses)


def _multirange(names: Names, row: PgType) -> PgType | None:
    """The multirange of a range: the server numbers it right behind the range's array type."""
    found = names.catalog.find(PgType, row.array + 1) if row.kind == "r" else None
    return found if found is not None and found.kind == "m" else None


def _domain(scribe: Scribe, row: PgType, name: str) -> list[str]:
    base = scribe.catalog.find(PgType, row.base_type)
    collation = scribe.collation(row.collation, base.collation if base else 0)
    not_null = " not null" if row.not_null else ""
    sql = [f"create domain {name} as {scribe.type(row.base_type, row.typmod, row.dimensions)}{collation}{not_null}"]
    if row.default is not None:
        # Its text was written under the search_path of whoever set it.
        path = scribe.catalog.server.search_path or "public"
        schemas = ", ".join(quoted(one) for one in _visible(scribe, path))
        sql.append(f"set search_path = pg_catalog, {schemas}")
        sql.append(f"alter domain {name} set default {row.default}")
        sql.append("set search_path = pg_catalog, pg_temp")
    return sql


def _visible(scribe: Scribe, path: str) -> list[str]:
    """Schemas of a search_path that are there, then those of the types a default can be of."""
    known = {row.namespace for row in scribe.catalog.rows(PgType)}
    present = {scribe.catalog.schema_name(oid) for oid in known}
    listed = [part.strip().strip('"') for part in path.split(",")]
    return [*(one for one in listed if one in present), *sorted(present - set(listed) - {"pg_catalog"}), "pg_temp"]


def domain_checks(names: Names) -> Iterator[Given]:
    """CHECK constraints of domains; NOT NULL is said where the domain is made."""
    for row in names.catalog.rows(PgConstraint):
        domain = names.catalog.find(PgType, row.type) if row.type and row.kind == "c" else None
        if domain is not None and not names.is_member("pg_type", domain.oid):
            yield _domain_check(names, row, domain)


def _domain_check(names: Names, row: PgConstraint, domain: PgType) -> Given:
    def write(scribe: Scribe) -> Piece:
        scribe.need_mentioned("pg_constraint", row.oid)
        late = "" if row.validated else " not valid"
        check = f"check ({scribe.text(row.expression)}){late}"
        sql = f"alter domain {scribe.type(domain.oid)} add constraint {quoted(row.name)} {check}"
        # Nothing can be added to a domain that columns of tables use inside another type.
        return scribe.piece(key, Phase.DEFINITION, about, [sql])

    key: Key = ("pg_constraint", row.oid)
    about = ObjectRef("constraint", row.name, names.catalog.schema_name(domain.namespace), domain.name)
    return written(names, key, about, write)
