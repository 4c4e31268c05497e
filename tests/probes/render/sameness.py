"""Two catalogs compared row by row, objects named instead of numbered: every field counts that is not declared here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from probes.catalog.catalog import Absent, Catalog
from probes.catalog.rows import (
    Group,
    PgAttrdef,
    PgAttribute,
    PgAuthMembers,
    PgClass,
    PgCollation,
    PgConstraint,
    PgDbRoleSetting,
    PgDefaultAcl,
    PgDepend,
    PgDescription,
    PgEventTrigger,
    PgExtension,
    PgIndex,
    PgInherits,
    PgNamespace,
    PgOpclass,
    PgPartitionedTable,
    PgPolicy,
    PgProc,
    PgPublication,
    PgRewrite,
    PgRole,
    PgStatisticExt,
    PgTrigger,
    PgType,
    Row,
)

Fact = tuple[Any, ...]
Describe = Callable[["Namer", Any], object]

_FIRST_USER_OID = 16384

# Counters, sizes, ages, and what is only a number of the same object.
MOVING = {
    PgClass: {"oid", "pages", "tuples", "all_visible_pages", "frozen_age_xids", "min_multixact_age", "toast_pages",
              "toast_frozen_age_xids", "row_type", "toast_relation", "column_slots"},
    PgIndex: {"oid", "pages", "tuples"},
    PgType: {"oid", "array"},
    PgStatisticExt: {"oid", "is_filled"},
    PgAttribute: {"number"},
    PgRole: {"oid", "password_kind", "scram_iterations"},
}  # fmt: skip
"""Fields that are not compared. Columns are named, so their numbers are compared by their order (`_order`)."""


class Namer:
    """Names for the numbers of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._columns = {(row.relation, row.number): row.name for row in catalog.rows(PgAttribute)}
        rows: dict[str, tuple[Row, ...]] = {
            "pg_class": (*catalog.rows(PgClass), *catalog.rows(PgIndex)),
            "pg_type": catalog.rows(PgType),
            "pg_proc": catalog.rows(PgProc),
            "pg_namespace": catalog.rows(PgNamespace),
            "pg_extension": catalog.rows(PgExtension),
            "3079": catalog.rows(PgExtension),
            "pg_constraint": catalog.rows(PgConstraint),
            "pg_trigger": catalog.rows(PgTrigger),
            "pg_policy": catalog.rows(PgPolicy),
            "pg_rewrite": catalog.rows(PgRewrite),
            "2618": catalog.rows(PgRewrite),
            "pg_attrdef": catalog.rows(PgAttrdef),
            "6104": catalog.rows(PgPublication),
            "3381": catalog.rows(PgStatisticExt),
            "3456": catalog.rows(PgCollation),
            "3466": catalog.rows(PgEventTrigger),
            "2616": () if catalog.absent(PgOpclass) else catalog.rows(PgOpclass),
        }
        self._rows = {(kind, getattr(row, "oid")): row for kind, found in rows.items() for row in found}  # noqa: B009
        self._row_types = {row.row_type: row.oid for row in catalog.rows(PgClass) if row.row_type}

    def name(self, kind: str, oid: int) -> object:
        """The name of an object; its number where the system made it."""
        if oid and oid == self.catalog.server.database_oid:
            return "this database"
        if oid < _FIRST_USER_OID and kind != "pg_namespace":
            return oid
        row = self._rows.get((kind, oid))
        if row is None:
            return self.type(oid) if kind == "pg_type" else "not listed"
        return self._name(kind, row)

    def _name(self, kind: str, row: Any) -> str:
        own: str = getattr(row, "name", "")
        if isinstance(row, PgConstraint) and self.is_copy(row):
            own = "a copy"
        if kind == "pg_proc":
            return f"{self.schema(row.namespace)}.{own}({','.join(str(self.type(one)) for one in row.argument_types)})"
        if kind == "pg_attrdef":
            return f"{self.relation(row.relation)}.{self.column(row.relation, row.column)}"
        if getattr(row, "relation", 0) and kind not in {"pg_class", "pg_type"}:
            return f"{self.relation(row.relation)}.{own}"
        return f"{self.schema(row.namespace)}.{own}" if hasattr(row, "namespace") else own

    def is_copy(self, row: PgConstraint) -> bool:
        """Whether it stands for a reference to one partition of what another constraint references."""
        above = self._rows.get(("pg_constraint", row.parent))
        return isinstance(above, PgConstraint) and above.relation == row.relation

    def schema(self, oid: int) -> str:
        return self.catalog.schema_name(oid) if oid else ""

    def relation(self, oid: int) -> object:
        return self.name("pg_class", oid) if oid else ""

    def column(self, relation: int, number: int) -> str:
        return self._columns.get((relation, number), "-")

    def columns(self, relation: int, numbers: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(self.column(relation, number) for number in numbers)

    def type(self, oid: int, typmod: int = -1) -> object:
        if oid in self._row_types:
            return self.relation(self._row_types[oid])
        return self.catalog.type_name(oid, typmod).sql if self.catalog.find(PgType, oid) else "row type"

    def role(self, oid: int) -> str:
        row = self.catalog.find(PgRole, oid)
        return row.name if row else "public"


def _acl(_namer: Namer, row: Any) -> object:
    return None if row.acl is None else tuple(sorted(row.acl))


def _named(kind: str, field: str) -> Describe:
    return lambda namer, row: namer.name(kind, getattr(row, field)) if getattr(row, field) else ""


def _many(kind: str, field: str) -> Describe:
    return lambda namer, row: tuple(namer.name(kind, oid) for oid in getattr(row, field))


def _columns(field: str, relation: str = "relation") -> Describe:
    return lambda namer, row: namer.columns(getattr(row, relation), getattr(row, field))


def _role(field: str) -> Describe:
    return lambda namer, row: namer.role(getattr(row, field))


def _type(field: str) -> Describe:
    return lambda namer, row: namer.type(getattr(row, field), getattr(row, "typmod", -1)) if getattr(row, field) else ""


def _options(field: str) -> Describe:
    return lambda _namer, row: tuple(sorted(getattr(row, field)))


def _nothing(_namer: Namer, _row: object) -> object:
    return None


_COMMON: dict[str, Describe] = {
    "namespace": lambda namer, row: namer.schema(row.namespace),
    "owner": _role("owner"),
    "acl": _acl,
    "relation": _named("pg_class", "relation"),
    "options": _options("options"),
    "oid": _nothing,
    "collation": _named("3456", "collation"),
    "parent": _nothing,
    "operator_classes": _many("2616", "operator_classes"),
    "collations": _many("3456", "collations"),
    "function": _named("pg_proc", "function"),
    "type": _type("type"),
}
_OWN: dict[type[Row], dict[str, Describe]] = {
    PgClass: {"of_type": _type("of_type"), "toast_options": _options("toast_options")},
    PgType: {"base_type": _type("base_type"), "element": _type("element"), "range_subtype": _type("range_subtype"),
             "relation": lambda _namer, row: row.relation > 0},
    # A column of CREATE TABLE AS forgets that its arrays were declared with brackets.
    PgAttribute: {"dimensions": lambda _namer, row: max(row.dimensions, 1)},
    PgAttrdef: {"column": lambda namer, row: namer.column(row.relation, row.column)},
    PgInherits: {"child": _named("pg_class", "child"), "parent": _named("pg_class", "parent")},
    PgPartitionedTable: {"columns": _columns("columns"),
                         "default_partition": _named("pg_class", "default_partition")},
    PgConstraint: {
        "columns": _columns("columns"),
        "referenced": _named("pg_class", "referenced"), "index": _named("pg_class", "index"),
        "referenced_columns": _columns("referenced_columns", "referenced"),
        "on_delete_columns": _columns("on_delete_columns"),
        # A partition that is referenced has constraints of its own, with names that nobody chose.
        "name": lambda namer, row: "a copy" if namer.is_copy(row) else row.name,
        "parent": _named("pg_constraint", "parent"),
        # A key that a partition had before it was attached is NO INHERIT, one made for it is not; nothing reads it.
        "no_inherit": lambda _namer, row: row.no_inherit and row.kind in "cn",
    },
    PgIndex: {"columns": _columns("columns")},
    PgTrigger: {"name": lambda _namer, row: row.name.rstrip("0123456789") if row.is_internal else row.name,
                "columns": _columns("columns"), "constraint": _named("pg_constraint", "constraint"),
                "parent": _named("pg_trigger", "parent")},
    PgPolicy: {"roles": lambda namer, row: tuple(sorted(map(namer.role, row.roles)))},
    PgProc: {"returns": _type("returns"), "variadic": _type("variadic"),
             "argument_types": _many("pg_type", "argument_types")},
    PgDescription: {"object": lambda namer, row: namer.name(row.catalog, row.object),
                    "column": lambda namer, row: namer.column(row.object, row.column)},
    PgStatisticExt: {"columns": _columns("columns"), "kinds": _options("kinds")},
    PgPublication: {
        "relations": lambda namer, row: tuple(sorted(map(str, map(namer.relation, row.relations)))),
        "filtered_relations": lambda namer, row: tuple(sorted(map(str, map(namer.relation, row.filtered_relations)))),
        "namespaces": lambda namer, row: tuple(sorted(map(namer.schema, row.namespaces))),
    },
    PgDefaultAcl: {"role": _role("role")},
    PgAuthMembers: {"role": _role("role"), "member": _role("member")},
    PgDbRoleSetting: {"role": _role("role"), "database": _named("pg_database", "database")},
    PgDepend: {
        "object": lambda namer, row: namer.name(row.catalog, row.object),
        "referenced": lambda namer, row: namer.name(row.referenced_catalog, row.referenced),
        "referenced_column": lambda namer, row: namer.column(row.referenced, row.referenced_column),
        "sub_object": _nothing,
    },
}  # fmt: skip


def facts(catalog: Catalog) -> Counter[Fact]:
    """Every structure row as a fact: its area, what it is about, and all fields that are compared."""
    namer = Namer(catalog)
    found: Counter[Fact] = Counter()
    for row_type, rows in catalog.areas():
        if row_type.group is Group.STRUCTURE and not isinstance(rows, Absent):
            found.update(_fact(namer, row_type, row) for row in rows)
    found.update(_order(namer))
    return found


def _fact(namer: Namer, row_type: type[Row], row: Row) -> Fact:
    own = {**_COMMON, **_OWN.get(row_type, {})}
    dropped = MOVING.get(row_type, set())
    fields = tuple(
        (field, own[field](namer, row) if field in own else getattr(row, field))
        for field in row_type.__struct_fields__
        if field not in dropped
    )
    return (row_type.area, *fields)


def _order(namer: Namer) -> Iterator[Fact]:
    columns: dict[int, list[str]] = {}
    for row in sorted(namer.catalog.rows(PgAttribute), key=lambda row: row.number):
        columns.setdefault(row.relation, []).append(row.name)
    for relation, listed in columns.items():
        yield "order of columns", namer.relation(relation), tuple(listed)


def differences(before: Catalog, after: Catalog) -> list[str]:
    """What one of two catalogs says and the other does not, a line each."""
    old, new = facts(before), facts(after)
    lost, added = sorted(map(str, (old - new).elements())), sorted(map(str, (new - old).elements()))
    return [*(f"- {fact}" for fact in lost), *(f"+ {fact}" for fact in added)]
