"""Reading row security policies: what each command must satisfy, and whether that says anything."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import Expression, Unread, text_of
from probes.catalog.navigation import Policy, Relation
from probes.catalog.navigation.security import PolicyCommand
from probes.catalog.rows import PgConstraint, PgPolicy, PgType
from probes.finding import ObjectRef
from probes.sql.expressions import model as m
from probes.sql.expressions.build import parse_expression
from probes.sql.expressions.truth import Outcomes, truth

PRIVILEGE_OF = {
    PolicyCommand.SELECT: "SELECT",
    PolicyCommand.INSERT: "INSERT",
    PolicyCommand.UPDATE: "UPDATE",
    PolicyCommand.DELETE: "DELETE",
}
"""The privilege beside the policy that each command takes."""


def policy_ref(policy: Policy) -> ObjectRef:
    """The reference to a policy."""
    table = policy.relation
    return ObjectRef("policy", policy.name, table.schema, table.name)


def commands_of(policy: Policy) -> tuple[PolicyCommand, ...]:
    """The commands a policy speaks about, ALL taken apart."""
    return tuple(PRIVILEGE_OF) if policy.command is PolicyCommand.ALL else (policy.command,)


def seen_rows(policy: Policy) -> Expression | None:
    """What existing rows must satisfy; a policy without USING lets no row through."""
    return policy.row.using


def new_rows(policy: Policy) -> Expression | None:
    """What new rows must satisfy: WITH CHECK, or USING where that is missing."""
    return policy.row.check if policy.row.check is not None else policy.row.using


def clauses(policy: Policy) -> Iterator[tuple[str, Expression]]:
    """The expressions a policy was declared with, by the words that introduce them."""
    if policy.row.using is not None:
        yield "USING", policy.row.using
    if policy.row.check is not None:
        yield "WITH CHECK", policy.row.check


def unread_reason(policy: Policy) -> str | None:
    """Why the policy cannot be judged: one of its expressions was not fetched."""
    for _, expression in clauses(policy):
        if isinstance(expression, Unread):
            return f"its expression was not read: {expression.reason}"
    return None


@functools.cache
def parsed(text: str) -> m.Expression:
    """The expression of a deparsed text; the same text is parsed once, however many tenants share it."""
    return parse_expression(text)


@functools.lru_cache(maxsize=4096)
def outcomes(text: str, not_null: frozenset[str]) -> Outcomes:
    """What the condition in a text can come out as."""
    return truth(parsed(text), not_null=not_null)


def says_nothing(found: Outcomes) -> bool:
    """Whether a condition holds for every row, but for nulls that it compares with themselves."""
    return bool(found & Outcomes.TRUE) and not found & Outcomes.FALSE


class _Everything(frozenset[str]):
    """Holds every name."""

    __slots__ = ()

    def __contains__(self, name: object) -> bool:
        return True


_NO_COLUMN_IS_NULL = _Everything()


def never_says_nothing(row: PgPolicy) -> bool:
    """Whether every clause of the policy was read and can be false even if no column were ever null.

    Knowing of more columns that they hold no null only takes outcomes away, so no such clause is always true.
    """
    found = [clause for clause in (row.using, row.check) if clause is not None]
    return all((text := text_of(clause)) is not None and _can_be_false(text) for clause in found)


@functools.lru_cache(maxsize=4096)
def _can_be_false(text: str) -> bool:
    return bool(truth(parsed(text), not_null=_NO_COLUMN_IS_NULL) & Outcomes.FALSE)


def is_always_true(expression: Expression | None, not_null: frozenset[str]) -> bool:
    """Whether an expression lets every row pass."""
    text = text_of(expression)
    return text is not None and says_nothing(outcomes(text, not_null))


def together_always_true(expressions: list[Expression | None], not_null: frozenset[str]) -> bool:
    """Whether the disjunction of several lets every row pass."""
    texts = [text for text in map(text_of, expressions) if text is not None]
    return says_nothing(truth(m.Or(tuple(parsed(text) for text in texts)), not_null=not_null))


def columns_without_null(table: Relation) -> frozenset[str]:
    """Columns that hold no null; composite ones are left out, for `IS NOT NULL` asks more of them."""
    catalog = table.catalog
    unproved = {
        number
        for row in catalog.grouped(PgConstraint, "relation").get(table.oid, ())
        if row.kind == "n" and not row.validated
        for number in row.columns
    }
    return frozenset(
        row.name
        for row in table.column_rows
        if row.not_null and row.number not in unproved and not _is_composite(catalog, row.type)
    )


def _is_composite(catalog: Catalog, oid: int) -> bool:
    row = catalog.find(PgType, oid)
    while row is not None and row.kind == "d":
        row = catalog.find(PgType, row.base_type)
    return row is None or row.kind == "c"
