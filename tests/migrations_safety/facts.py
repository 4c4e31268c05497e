"""A catalog as facts about named things: equal for two catalogs that say the same, whatever their object ids are."""

from collections.abc import Callable, Iterator
from typing import Any

from migrations_safety.effects.world import TEMPORARY as TEMPORARY_SCHEMA
from probes.catalog.catalog import Catalog
from probes.catalog.expression import Expression, Unread, text_of
from probes.catalog.rows import (
    PgAttrdef,
    PgAttribute,
    PgClass,
    PgConstraint,
    PgIndex,
    PgInherits,
    PgNamespace,
    PgPartitionedTable,
    PgPolicy,
    PgProc,
    PgPublication,
    PgRewrite,
    PgSequence,
    PgStatisticExt,
    PgTrigger,
    PgType,
)
from probes.sql.expressions import model as m
from probes.sql.expressions.build import parse_expression
from probes.sql.expressions.canonical import canonical, rebuild, render
from tests.migrations_safety.object_facts import OBJECT_GIVERS

Fact = tuple[Any, ...]
TEMPORARY = "pg_temp."
"""What a simulation knows of temporary relations, and no collected catalog holds."""


class Namer:
    """Names for the object ids of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._columns = {(row.relation, row.number): row.name for row in catalog.rows(PgAttribute)}
        self._triggers = {row.oid: row.name for row in catalog.rows(PgTrigger)}

    def relation(self, oid: int) -> str:
        """Give `schema.name`, empty for none."""
        row = self.catalog.find(PgClass, oid) or self.catalog.find(PgIndex, oid)
        if row is not None and row.namespace == TEMPORARY_SCHEMA:
            return f"{TEMPORARY}{row.name}"
        return f"{self.catalog.schema_name(row.namespace)}.{row.name}" if row else ""

    def columns(self, relation: int, numbers: tuple[int, ...]) -> tuple[str, ...]:
        """Give the names of columns, `-` for an expression."""
        return tuple(self._columns.get((relation, number), "-") for number in numbers)

    def type(self, oid: int, typmod: int = -1) -> str:
        """Give the name of a type; row types of tables have none in a catalog."""
        row = self.catalog.find(PgType, oid)
        return self.catalog.type_name(oid, typmod).sql if row else "row type"

    def function(self, oid: int) -> str:
        """Give the name of a function, empty for one of the system."""
        row = self.catalog.find(PgProc, oid)
        return f"{self.catalog.schema_name(row.namespace)}.{row.name}" if row else ""


def same_text(expression: Expression | None) -> object:
    """Give what two expressions of one meaning share; None for none."""
    if expression is None:
        return None
    if isinstance(expression, Unread):
        return "unread"
    parsed = canonical(parse_expression(f"row({text_of(expression)})"))
    return render(without_casts(parsed))


def without_casts(expression: m.Expression) -> m.Expression:  # noqa: PLR0911 - one return per kind
    """Give the expression without casts, which the server adds and leaves out at will, and schemas of functions."""
    match expression:
        case m.Cast(arg=arg):
            return without_casts(arg)
        case m.ArrayOf(elements=()):
            return m.Constant("{}")
        case m.Constant(value=str() as value):
            return m.Constant(value.removeprefix("public.").replace('"', ""))
        case m.Constant(value=int() as value) if not isinstance(value, bool):
            return m.Constant(str(value))
        case m.Call(name=name, args=args, modifiers=modifiers):
            return m.Call(name[-1:], tuple(without_casts(arg) for arg in args), modifiers)
        case m.Column(parts=parts):
            return m.Column(parts[-1:])
        case m.Subquery(kind=kind, columns=columns, relations=relations):
            named = sorted({column.name for column in columns})
            return m.Call((kind.value, *(parts[-1] for parts in relations)), tuple(m.Column((name,)) for name in named))
        case m.Quantified(array=m.ArrayOf(elements=elements), left=left, name=name, is_all=is_all):
            inner = tuple(without_casts(one) for one in elements)
            return m.Quantified(name, without_casts(left), m.ArrayOf(inner), is_all)
        case _:
            return rebuild(expression, without_casts)


def facts(catalog: Catalog) -> set[Fact]:
    """Give every fact that a simulation answers for."""
    namer = Namer(catalog)
    found: set[Fact] = set()
    for give in _GIVERS:
        found.update(give(catalog, namer))
    return {fact for fact in found if not str(fact[1]).startswith(TEMPORARY)}


def _relations(catalog: Catalog, namer: Namer) -> Iterator[Fact]:
    for row in catalog.rows(PgClass):
        yield (
            "relation",
            namer.relation(row.oid),
            row.kind,
            row.persistence,
            row.row_security,
            row.force_row_security,
            row.is_partition,
            row.replica_identity,
            tuple(sorted(row.options)),
            row.tablespace > 0,
            _bound(row.partition_bound),
        )


def _bound(expression: Expression | None) -> str | None:
    text = text_of(expression)
    return None if text is None else "".join(text.lower().replace("'", "").split())


def _columns(catalog: Catalog, namer: Namer) -> Iterator[Fact]:
    for row in catalog.rows(PgAttribute):
        yield (
            "column",
            namer.relation(row.relation),
            row.name,
            namer.type(row.type, row.typmod),
            row.not_null,
            row.has_default,
            row.identity,
            row.generated,
            row.storage,
            row.compression,
            row.statistics_target,
            row.inherited_count,
            row.is_local,
            row.options,
        )
    for default in catalog.rows(PgAttrdef):
        name = namer.columns(default.relation, (default.column,))
        yield "default", namer.relation(default.relation), name, same_text(default.expression)


def _constraints(catalog: Catalog, namer: Namer) -> Iterator[Fact]:
    by_oid = {row.oid: row for row in catalog.rows(PgConstraint)}
    for row in catalog.rows(PgConstraint):
        above = by_oid.get(row.parent)
        if row.kind == "n" or (above is not None and above.relation == row.relation):
            continue  # NOT NULL is a fact of the column; rows for partitions referenced have names nobody chose
        yield (
            "constraint",
            namer.relation(row.relation) if row.relation else namer.type(row.type),
            row.name,
            row.kind,
            namer.columns(row.relation, row.columns if row.kind != "c" else ()),
            namer.relation(row.index),
            namer.relation(row.referenced),
            namer.columns(row.referenced, row.referenced_columns),
            row.on_update.strip(),
            row.on_delete.strip(),
            row.deferrable,
            row.initially_deferred,
            row.validated,
            row.enforced,
            row.inherited_count,
            row.is_local,
            same_text(row.expression),
        )


def _indexes(catalog: Catalog, namer: Namer) -> Iterator[Fact]:
    for row in catalog.rows(PgIndex):
        yield (
            "index",
            namer.relation(row.oid),
            namer.relation(row.relation),
            row.kind,
            row.method,
            namer.columns(row.relation, row.columns),
            row.key_count,
            row.key_options,
            row.unique,
            row.nulls_not_distinct,
            row.primary,
            row.exclusion,
            row.immediate,
            row.clustered,
            row.valid,
            row.is_replica_identity,
            row.is_partition,
            tuple(sorted(row.options)),
            same_text(row.expressions),
            same_text(row.predicate),
        )


def _trees(catalog: Catalog, namer: Namer) -> Iterator[Fact]:
    for row in catalog.rows(PgInherits):
        yield "inherits", namer.relation(row.child), namer.relation(row.parent), row.detach_pending
    for cut in catalog.rows(PgPartitionedTable):
        default = namer.relation(cut.default_partition)
        key = namer.columns(cut.relation, cut.columns)
        yield "partitioned", namer.relation(cut.relation), cut.strategy, key, default, same_text(cut.expressions)


def _guards(catalog: Catalog, namer: Namer) -> Iterator[Fact]:
    for row in catalog.rows(PgTrigger):
        if row.is_internal:
            continue
        yield (
            "trigger",
            namer.relation(row.relation),
            row.name,
            namer.function(row.function),
            row.type_bits,
            row.enabled,
            namer.columns(row.relation, row.columns),
            row.has_condition,
            row.deferrable,
            row.initially_deferred,
            bool(row.parent),
        )
    for policy in catalog.rows(PgPolicy):
        texts = same_text(policy.using), same_text(policy.check)
        yield "policy", namer.relation(policy.relation), policy.name, policy.command, policy.permissive, *texts
    for rule in catalog.rows(PgRewrite):
        yield "rule", namer.relation(rule.relation), rule.name, rule.event, rule.enabled, rule.instead


def _objects(catalog: Catalog, namer: Namer) -> Iterator[Fact]:
    for schema in catalog.rows(PgNamespace):
        yield "schema", schema.name
    for row in catalog.rows(PgSequence):
        limits = (row.start, row.increment, row.minimum, row.maximum, row.cache, row.cycle)
        yield "sequence", namer.relation(row.relation), namer.type(row.type), *limits
    for one in catalog.rows(PgType):
        if one.category != "A" and catalog.find(PgNamespace, one.namespace) is not None:
            base = namer.type(one.base_type, one.typmod) if one.base_type else ""
            yield "type", namer.type(one.oid), one.kind, base, one.not_null, one.labels
    for function in catalog.rows(PgProc):
        yield "function", namer.function(function.oid), function.kind, function.volatility, function.security_definer
    for statistics in catalog.rows(PgStatisticExt):
        table = namer.relation(statistics.relation)
        columns = namer.columns(statistics.relation, statistics.columns)
        yield "statistics", table, statistics.name, columns, tuple(sorted(statistics.kinds))
    for publication in catalog.rows(PgPublication):
        tables = tuple(sorted(namer.relation(oid) for oid in publication.relations))
        yield "publication", publication.name, publication.all_tables, tables


_GIVERS: tuple[Callable[[Catalog, Namer], Iterator[Fact]], ...] = (
    _relations,
    _columns,
    _constraints,
    _indexes,
    _trees,
    _guards,
    _objects,
    *OBJECT_GIVERS,
)
