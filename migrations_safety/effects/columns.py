"""A column as ADD COLUMN and CREATE TABLE write it, worked out: type, default, identity, what its rows need."""

from __future__ import annotations

import sys
from typing import NamedTuple

import msgspec

from migrations_safety.effects.defaults import Volatile, volatility_of
from migrations_safety.effects.refused_columns import refuse_clauses, refuse_identity
from migrations_safety.effects.refused_expressions import refuse_default, refuse_generation
from migrations_safety.effects.run import Rel, Run
from migrations_safety.effects.types import (
    SERIALS,
    TypeUse,
    collation_named,
    domain_default,
    domain_has_constraints,
    resolve,
)
from migrations_safety.effects.written import written_expression
from probes.catalog.rows import PgAttrdef, PgAttribute, PgClass, PgType
from probes.sql.expressions import model as m
from probes.sql.expressions.build import from_source, parse_expression
from probes.sql.tree.enums import ConstraintType
from probes.sql.tree.parts import ColumnDef, Constraint, DefElem, TypeName


class SequencePlan(NamedTuple):
    """A sequence that a column brings along."""

    type: int
    options: tuple[DefElem, ...] = ()


class ColumnPlan(msgspec.Struct, frozen=True, gc=False):
    """What a column will be."""

    name: str
    type: TypeUse
    definition: ColumnDef
    not_null: bool = False
    identity: str = ""
    generated: str = ""
    default: m.Expression | None = None
    """None for no default and for DEFAULT NULL."""
    volatility: Volatile = Volatile.NO
    sequence: SequencePlan | None = None
    has_constrained_domain: bool = False
    type_row: PgType | None = None
    is_explicit: bool = False
    """Whether the default or the generation expression is the column's own, not its domain's."""

    @property
    def is_generated(self) -> bool:
        """Whether its value is computed from other columns."""
        return bool(self.generated)

    @property
    def has_value(self) -> bool:
        """Whether rows that are there get something else than null."""
        return self.default is not None or bool(self.identity) or self.generated == "s"

    @property
    def has_fast_default(self) -> bool:
        """Whether rows that are there get a value without being touched."""
        return self.default is not None and not self.generated and not self.rewrite_reason

    @property
    def rewrite_reason(self) -> str:
        """Why the table must be written anew; empty where it need not."""
        if self.identity:
            return f"{self.name} is an identity column: every row gets its own number"
        if self.sequence:
            return f"{self.name} takes its default from a sequence: every row gets its own number"
        if self.generated == "s":
            return f"{self.name} is a stored generated column"
        if self.volatility is Volatile.YES and self.default is not None:
            return f"the default of {self.name} is volatile"
        if self.has_constrained_domain:
            return f"the domain of {self.name} has constraints"
        return ""

    @property
    def unknown_why(self) -> str:
        """What is to be said where the default's volatility is not known."""
        return f"the default of {self.name} may be volatile"

    def row(self, relation: Rel, *, inherited: bool = False) -> PgAttribute:
        """The column as a row of the catalog, behind the columns that the relation has."""
        slots = relation.column_slots if isinstance(relation, PgClass) else 0
        return self.row_at(relation.oid, slots + 1, inherited=inherited)

    def row_at(self, relation: int, number: int, *, inherited: bool = False) -> PgAttribute:
        """The column as a row of the catalog, with this number."""
        return PgAttribute(
            relation=relation,
            number=number,
            name=sys.intern(self.name),
            type=self.type.oid,
            typmod=self.type.typmod,
            not_null=self.not_null,
            has_default=self.default is not None,
            identity="" if inherited else self.identity,
            generated=self.generated,
            collation=self.type.collation,
            dimensions=self.type.dimensions,
            storage=self._storage(),
            compression=_compression(self.definition.compression),
            statistics_target=None,
            inherited_count=1 if inherited else 0,
            is_local=not inherited,
            options=(),
            acl=None,
        )

    def _storage(self) -> str:
        own = self.type_row.storage if self.type_row else ("x" if self.type.oid else "p")  # row types are extended
        written = self.definition.storage
        return own if written is None else _STORAGES.get(written.lower(), own)


def _compression(written: str | None) -> str:
    return "" if written is None else _COMPRESSIONS.get(written, "")


_STORAGES = {"plain": "p", "external": "e", "extended": "x", "main": "m"}
_COMPRESSIONS = {"pglz": "p", "lz4": "l"}

_ATTRIBUTES: dict[ConstraintType, dict[str, bool]] = {
    ConstraintType.ATTR_DEFERRABLE: {"deferrable": True},
    ConstraintType.ATTR_NOT_DEFERRABLE: {"deferrable": False},
    ConstraintType.ATTR_DEFERRED: {"deferrable": True, "initially_deferred": True},
    ConstraintType.ATTR_IMMEDIATE: {"initially_deferred": False},
    ConstraintType.ATTR_ENFORCED: {"is_enforced": True},
    ConstraintType.ATTR_NOT_ENFORCED: {"is_enforced": False, "skip_validation": True},
}


def constraints_of(definition: ColumnDef) -> list[Constraint]:
    """The constraints of a column; DEFERRABLE and its kind belong to the constraint before them."""
    found: list[Constraint] = []
    for constraint in definition.constraints:
        attributes = _ATTRIBUTES.get(constraint.kind)
        if attributes is None:
            found.append(constraint)
        elif found:
            found[-1] = msgspec.structs.replace(found[-1], **attributes)
    return found


def plan_column(run: Run, relation: PgClass | None, definition: ColumnDef) -> ColumnPlan:
    """What a column definition comes to.

    Raises:
        Refused: Its clauses are at odds, or an identity column has another type than a sequence.
    """
    refuse_clauses(run, definition)
    use = resolve(run, definition.type) if definition.type else TypeUse(0)
    if definition.collation:
        use = msgspec.structs.replace(use, collation=collation_named(run, definition.collation.names))
    serial = definition.type is not None and is_serial(definition.type)
    by_kind = {constraint.kind: constraint for constraint in definition.constraints}
    generated = by_kind.get(ConstraintType.GENERATED)
    identity = by_kind.get(ConstraintType.IDENTITY)
    written = by_kind.get(ConstraintType.DEFAULT)
    type_row = run.world.one(PgType, use.oid)
    is_domain = type_row is not None and type_row.kind == "d"
    default = _default(run, written, generated, domain=use.oid if is_domain else 0)
    volatility = Volatile.NO if default is None else volatility_of(run, default)
    primary = ConstraintType.PRIMARY in by_kind
    sequence = None
    if identity:
        refuse_identity(run, use.oid, identity.options)
    if serial or identity:
        sequence = SequencePlan(use.oid, identity.options if identity else ())
    del relation
    return ColumnPlan(
        name=definition.name,
        type=use,
        definition=definition,
        not_null=ConstraintType.NOTNULL in by_kind or serial or identity is not None or primary,
        identity=(identity.generated_when or "d") if identity else "",
        generated=(generated.generated_kind or "s") if generated else "",
        default=default,
        volatility=volatility,
        sequence=sequence,
        has_constrained_domain=is_domain and domain_has_constraints(run, use.oid),
        type_row=type_row,
        is_explicit=written is not None or generated is not None,
    )


def refuse_expression(run: Run, relation: Rel, plan: ColumnPlan) -> None:
    """Refuse a default or generation expression that no row can have.

    Raises:
        Refused: As the server does.
    """
    if plan.default is not None and plan.is_explicit:
        refuse = refuse_generation if plan.generated else refuse_default
        refuse(run, relation, plan.name, plan.type.oid, plan.default)


def is_serial(written: TypeName) -> bool:
    """Whether it is `serial` or one of its kind, which are no types but columns with sequences."""
    parts = written.wire_names
    return len(parts) == 1 and parts[0].String.sval in SERIALS


def _default(run: Run, default: Constraint | None, generated: Constraint | None, *, domain: int) -> m.Expression | None:
    if generated is not None:
        return from_source(generated.expression)
    if default is not None:
        found = from_source(default.expression)
        return None if is_null(found) else found
    text = domain_default(run, domain) if domain else None
    return None if text is None else parse_expression(text)


def is_null(expression: m.Expression) -> bool:
    """Whether the expression is the constant NULL, perhaps cast."""
    match expression:
        case m.Constant(value=None):
            return True
        case m.Cast(arg=arg):
            return is_null(arg)
        case _:
            return False


def with_default(run: Run, row: PgAttribute, plan: ColumnPlan) -> None:
    """Put the default of a new column into the world; that of a domain stays with the domain."""
    if plan.default is None or not plan.is_explicit:
        if plan.is_explicit and plan.type_row is not None and plan.type_row.kind == "d":
            put_default(run, row, m.Constant(None))  # it hides the default of the domain
        elif row.has_default:
            run.change(row, has_default=False)
        return
    put_default(run, row, plan.default)


def put_default(run: Run, row: PgAttribute, expression: m.Expression) -> None:
    """Put a default into the world, in place of the one there is."""
    old = run.default_of(row)
    if old is not None:
        run.world.remove(old)
    if not row.has_default:
        run.change(row, has_default=True)
    run.world.put(
        PgAttrdef(
            oid=run.world.fresh_oid(),
            relation=row.relation,
            column=row.number,
            expression=written_expression(expression),
        )
    )
