"""Partition bounds as conditions, and whether CHECK constraints prove them."""

from __future__ import annotations

from migrations_safety.effects.bound_ends import KeyType, ends, have_common, order
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


_CODES = {"r": "range", "l": "list", "h": "hash"}


def check_bound(run: Run, parent: PgClass, bound: PartitionBound) -> None:
    """Refuse a bound of another strategy than the table's.

    Raises:
        Refused: 42P16.
    """
    cut = run.world.partitioning(parent.oid)
    if cut is None:
        return
    if bound.is_default:
        if cut.strategy == "h":
            run.refuse("42P16", "a hash-partitioned table may not have a default partition")
        return
    if bound.strategy != cut.strategy:
        run.refuse("42P16", f"invalid bound specification for a {_CODES.get(cut.strategy, '')} partition")


def check_overlap(run: Run, parent: PgClass, bound: PartitionBound) -> None:
    """Refuse a bound that overlaps one that is there, as far as constants tell.

    Raises:
        Refused: 42P17.
    """
    if bound.is_default:
        return
    types = _key_types(run, parent)
    if bound.strategy == "r" and order(ends(bound.lower, types), ends(bound.upper, types)) in {0, 1}:
        run.refuse("42P17", "empty range bound specified for partition")
    for child in run.children(parent.oid):
        other = stored_bound(child) if isinstance(child, PgClass) else None
        if other is not None and _overlaps(bound, other, types):
            run.refuse("42P17", f"the partition would overlap partition {child.name}")


def _key_types(run: Run, parent: PgClass) -> tuple[KeyType, ...]:
    """The types of the columns that a table is cut by; nothing is known of expressions."""
    cut = run.world.partitioning(parent.oid)
    if cut is None:
        return ()
    columns = {row.number: row for row in run.columns(parent.oid)}
    collations = (*cut.collations, *(0 for _ in cut.columns))
    return tuple(
        KeyType(columns[number].type if number in columns else 0, collation)
        for number, collation in zip(cut.columns, collations, strict=False)
    )


def stored_bound(child: PgClass) -> PartitionBound | None:
    """The bound of a partition that is there."""
    text = text_of(child.partition_bound)
    found = parse_statement(f"create table a partition of b {text}") if text is not None else None
    if found is None or isinstance(found, ParseFailure) or not isinstance(found.tree, CreateTable):
        return None
    return found.tree.bound


def _overlaps(one: PartitionBound, other: PartitionBound, types: tuple[KeyType, ...]) -> bool:
    """Whether they certainly do."""
    if other.is_default or one.strategy != other.strategy:
        return False
    if one.strategy == "l":
        return have_common(ends(one.list_values, types), ends(other.list_values, types))
    if one.strategy == "h":
        small, large = sorted((one.modulus, other.modulus))
        return large % small == 0 and one.remainder % small == other.remainder % small
    begins_below = order(ends(one.lower, types), ends(other.upper, types)) == -1
    return begins_below and order(ends(other.lower, types), ends(one.upper, types)) == -1


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
    bound = stored_bound(relation)
    if not parents or bound is None or not isinstance(parents[0], PgClass):
        return None
    return partition_constraint(run, parents[0], bound)


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
