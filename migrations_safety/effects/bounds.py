"""Partition bounds as conditions, and whether CHECK constraints prove them."""

from __future__ import annotations

from migrations_safety.effects.run import Run
from migrations_safety.effects.written import parsed, sql
from probes.catalog.expression import text_of
from probes.catalog.rows import PgClass
from probes.sql.expressions import model as m
from probes.sql.expressions.build import from_source
from probes.sql.expressions.implication import implies
from probes.sql.parse import ParseFailure, parse_statement
from probes.sql.tree.atoms import PartitionBound, Source
from probes.sql.tree.tables import CreateTable


def bound_text(bound: PartitionBound) -> str:
    """The bound as the server deparses it, but for the form of its values."""
    if bound.is_default:
        return "DEFAULT"
    if bound.strategy == "h":
        return f"FOR VALUES WITH (modulus {bound.modulus}, remainder {bound.remainder})"
    if bound.strategy == "l":
        return f"FOR VALUES IN ({_values(bound.list_values)})"
    return f"FOR VALUES FROM ({_values(bound.lower)}) TO ({_values(bound.upper)})"


def _values(sources: tuple[Source, ...]) -> str:
    return ", ".join(_value(source) for source in sources)


def _value(source: Source) -> str:
    found = from_source(source)
    text = sql(found)
    return text.upper() if isinstance(found, m.Column) or text == "null" else text


def partition_constraint(run: Run, parent: PgClass, bound: PartitionBound) -> m.Expression | None:
    """What every row of a partition satisfies; None where that is not understood (hash, expressions, many columns)."""
    cut = run.world.partitioning(parent.oid)
    if cut is None or len(cut.columns) != 1 or 0 in cut.columns or bound.is_default:
        return None
    names = run.column_names(parent.oid, cut.columns)
    if len(names) != 1:
        return None
    column = m.Column((names[0],))
    if cut.strategy == "r" and len(bound.lower) == 1 and len(bound.upper) == 1:
        return _range(column, bound)
    if cut.strategy == "l":
        return _list(column, [from_source(value) for value in bound.list_values])
    return None


def _range(column: m.Column, bound: PartitionBound) -> m.Expression:
    parts: list[m.Expression] = [m.NullTest(column, is_null=False)]
    for operator, source in ((">=", bound.lower[0]), ("<", bound.upper[0])):
        value = from_source(source)
        if not isinstance(value, m.Column):  # MINVALUE and MAXVALUE
            parts.append(m.Operator(operator, column, value))
    return m.And(tuple(parts))


def _list(column: m.Column, values: list[m.Expression]) -> m.Expression:
    plain = [value for value in values if not (isinstance(value, m.Constant) and value.value is None)]
    inside: m.Expression = m.Quantified("=", column, m.ArrayOf(tuple(plain)), is_all=False)
    if len(plain) == 1:
        inside = m.Operator("=", column, plain[0])
    if len(plain) < len(values):
        return m.Or((m.NullTest(column, is_null=True), inside))
    return m.And((m.NullTest(column, is_null=False), inside))


def default_constraint(own: m.Expression) -> m.Expression:
    """What rows of the default partition satisfy once another partition has this constraint."""
    return m.Not(own)


def constraint_of_stored(run: Run, relation: PgClass) -> m.Expression | None:
    """The constraint of a partition that is there, by its stored bound; None where it is not understood."""
    parents = run.parents(relation.oid)
    text = text_of(relation.partition_bound)
    if not parents or text is None or not isinstance(parents[0], PgClass):
        return None
    found = parse_statement(f"create table a partition of b {text}")
    if isinstance(found, ParseFailure) or not isinstance(found.tree, CreateTable) or found.tree.bound is None:
        return None
    return partition_constraint(run, parents[0], found.tree.bound)


def is_proved(run: Run, relation: PgClass, wanted: m.Expression) -> bool:
    """Whether NOT NULL columns and valid CHECK constraints of a table prove a partition constraint."""
    premises: list[m.Expression] = [
        m.NullTest(m.Column((column.name,)), is_null=False)
        for column in run.columns(relation.oid)
        if column.not_null and not _is_unvalidated(run, relation, column.number)
    ]
    for row in run.constraints(relation.oid):
        if row.kind == "c" and row.validated and row.enforced:
            expression = parsed(row.expression)
            if expression is not None:
                premises.append(expression)
    return implies(premises, wanted, weak=True)


def _is_unvalidated(run: Run, relation: PgClass, number: int) -> bool:
    return any(row.kind == "n" and number in row.columns and not row.validated for row in run.constraints(relation.oid))
