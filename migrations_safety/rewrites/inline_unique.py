"""A column that is added with UNIQUE, made unique once it is there."""

from __future__ import annotations

from migrations_safety.rewrites.clauses import made_constraints
from migrations_safety.rewrites.columns import added_column
from migrations_safety.rewrites.model import Rewrite, RewriteStep, alone
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.sql.tree.enums import ConstraintType

_HARMLESS = frozenset({ConstraintType.UNIQUE, ConstraintType.DEFAULT, ConstraintType.NULL})


def unique_after_column(step: Step) -> Rewrite | None:
    """The column by itself, its index built concurrently, then the constraint that takes the index over."""
    found = added_column(step)
    made = [row for row in made_constraints(step) if row.kind == "u"]
    if found is None or len(made) != 1:
        return None
    target, column = found
    kinds = [one.kind for one in column.constraints]
    clause = _without_unique(target.clause)
    if not set(kinds) <= _HARMLESS or kinds.count(ConstraintType.UNIQUE) != 1 or clause is None:
        return None
    name, key = quoted(made[0].name), quoted(column.name)
    return Rewrite(
        (
            *target.others,
            RewriteStep(f"{target.head} {clause}"),
            alone(f"create unique index concurrently {name} on {target.table} ({key})"),
            RewriteStep(f"{target.head} add constraint {name} unique using index {name}"),
        ),
        rollback=(f"{target.head} drop column if exists {key}", *target.undo),
    )


def _without_unique(clause: str) -> str | None:
    """The clause without UNIQUE and its name; None where it says more about the index."""
    from pglast.parser import scan  # noqa: PLC0415 - only rewrites need tokens

    tokens = [token for token in scan(clause) if token.name not in {"SQL_COMMENT", "C_COMMENT"}]
    names = [token.name for token in tokens]
    position = names.index("UNIQUE") if "UNIQUE" in names else 0
    after = names[position + 1 : position + 2]
    if not position or after in (["NULLS_P"], ["USING"], ["WITH"], ["DEFERRABLE"], ["INITIALLY"]):
        return None
    is_named = position > 1 and names[position - 2] == "CONSTRAINT"
    first = tokens[position - 2 if is_named else position]
    return f"{clause[: first.start].rstrip()} {clause[tokens[position].end + 1 :].strip()}".strip()
