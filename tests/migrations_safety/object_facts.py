"""Facts about what is not a table: owners, privileges, comments, functions, roles, what views mention."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from probes.catalog.catalog import Catalog
from probes.catalog.rows import (
    PgAttribute,
    PgAuthMembers,
    PgClass,
    PgDefaultAcl,
    PgDepend,
    PgDescription,
    PgEventTrigger,
    PgExtension,
    PgNamespace,
    PgPolicy,
    PgProc,
    PgPublication,
    PgRewrite,
    PgRole,
    PgStatisticExt,
    PgType,
)

if TYPE_CHECKING:
    from tests.migrations_safety.facts import Namer

Fact = tuple[Any, ...]


def _role(catalog: Catalog, oid: int) -> str:
    row = catalog.find(PgRole, oid)
    return row.name if row else "public" if not oid else f"role {oid}"


def _acl(acl: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if acl is None else tuple(sorted(acl))


def _owned(catalog: Catalog, namer: "Namer") -> Iterator[Fact]:
    for row in catalog.rows(PgClass):
        if row.kind != "c":
            yield "owner", namer.relation(row.oid), _role(catalog, row.owner)
        yield "privileges", namer.relation(row.oid), _acl(row.acl)
    for column in catalog.rows(PgAttribute):
        if column.acl is not None:
            yield "privileges", namer.relation(column.relation), column.name, _acl(column.acl)
    for schema in catalog.rows(PgNamespace):
        yield "schema", schema.name, _role(catalog, schema.owner), _acl(schema.acl)
    for one in catalog.rows(PgType):
        if one.category != "A" and catalog.find(PgNamespace, one.namespace) is not None:
            yield "type owner", namer.type(one.oid), _role(catalog, one.owner), _acl(one.acl)
    for publication in catalog.rows(PgPublication):
        flags = (publication.inserts, publication.updates, publication.deletes, publication.truncates)
        filtered = tuple(sorted(namer.relation(oid) for oid in publication.filtered_relations))
        schemas = tuple(sorted(catalog.schema_name(oid) for oid in publication.namespaces))
        owner = _role(catalog, publication.owner)
        yield "publication detail", publication.name, owner, *flags, publication.via_root, filtered, schemas
    for statistics in catalog.rows(PgStatisticExt):
        yield (
            "statistics owner",
            catalog.schema_name(statistics.namespace),
            statistics.name,
            _role(catalog, statistics.owner),
        )


def _functions(catalog: Catalog, namer: "Namer") -> Iterator[Fact]:
    for row in catalog.rows(PgProc):
        yield (
            "function detail",
            namer.function(row.oid),
            tuple(namer.type(oid) for oid in row.argument_types),
            row.argument_modes,
            row.argument_names,
            _role(catalog, row.owner),
            row.language,
            row.leakproof,
            row.strict,
            row.returns_set,
            row.parallel,
            row.cost,
            row.rows,
            namer.type(row.returns),
            row.default_count,
            namer.type(row.variadic) if row.variadic else "",
            row.config,
            row.has_sql_body,
            _acl(row.acl),
        )
    for event in catalog.rows(PgEventTrigger):
        yield "event trigger", event.name, event.event, namer.function(event.function), event.enabled, event.tags


def _comments(catalog: Catalog, namer: "Namer") -> Iterator[Fact]:
    names: dict[tuple[str, int], str] = {}
    for row in catalog.rows(PgClass):
        names["pg_class", row.oid] = namer.relation(row.oid)
    for function in catalog.rows(PgProc):
        names["pg_proc", function.oid] = namer.function(function.oid)
    for schema in catalog.rows(PgNamespace):
        names["pg_namespace", schema.oid] = schema.name
    for comment in catalog.rows(PgDescription):
        name = names.get((comment.catalog, comment.object))
        if name is not None:
            column = namer.columns(comment.object, (comment.column,)) if comment.column else ()
            yield "comment", name, column, comment.text


def _roles(catalog: Catalog, namer: "Namer") -> Iterator[Fact]:
    del namer
    for row in catalog.rows(PgRole):
        flags = (row.superuser, row.inherit, row.create_role, row.create_database, row.can_login, row.replication)
        yield "role", row.name, *flags, row.bypass_rls, row.connection_limit
    for member in catalog.rows(PgAuthMembers):
        yield "member", _role(catalog, member.role), _role(catalog, member.member), member.admin
    for default in catalog.rows(PgDefaultAcl):
        schema = catalog.schema_name(default.namespace) if default.namespace else ""
        yield "default privileges", _role(catalog, default.role), schema, default.object_kind, _acl(default.acl)
    for policy in catalog.rows(PgPolicy):
        yield "policy roles", policy.name, tuple(sorted(_role(catalog, oid) for oid in policy.roles))
    for extension in catalog.rows(PgExtension):
        yield "extension", extension.name, catalog.schema_name(extension.namespace)


def _views(catalog: Catalog, namer: "Namer") -> Iterator[Fact]:
    rules = {row.oid: row for row in catalog.rows(PgRewrite) if row.name == "_RETURN"}
    for row in catalog.rows(PgDepend):
        rule = rules.get(row.object) if row.catalog == "pg_rewrite" else None
        if rule is not None and row.referenced_catalog == "pg_class" and row.referenced != rule.relation:
            column = namer.columns(row.referenced, (row.referenced_column,)) if row.referenced_column else ()
            yield "view reads", namer.relation(rule.relation), namer.relation(row.referenced), column


OBJECT_GIVERS: tuple[Callable[[Catalog, "Namer"], Iterator[Fact]], ...] = (
    _owned,
    _functions,
    _comments,
    _roles,
    _views,
)
