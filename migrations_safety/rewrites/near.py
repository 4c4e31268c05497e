"""What comes near to a column that cannot be added online as it is written: the same values, kept in another way."""

from __future__ import annotations

from migrations_safety.effects.naming import constraint_name, make_object_name
from migrations_safety.effects.types import base_type, resolve
from migrations_safety.rewrites.columns import added_column
from migrations_safety.rewrites.model import Rewrite, RewriteStep, alone, backfill
from migrations_safety.timeline import Step
from probes.catalog.expression import text_of
from probes.catalog.names import quoted
from probes.catalog.navigation import TypeName
from probes.catalog.rows import PgClass, PgConstraint, PgType
from probes.sql.tree.enums import ConstraintType
from probes.sql.tree.parts import ColumnDef
from probes.sql.tree.tables import AlterTable

_COMMENTS = frozenset({"SQL_COMMENT", "C_COMMENT"})


def generated_by_trigger(step: Step) -> Rewrite | None:
    """In place of a stored generated column a plain one, which a trigger keeps and batches fill."""
    found = added_column(step)
    if found is None or not isinstance(step.tree, AlterTable):
        return None
    target, column = found
    cut = _generated_cut(target.clause)
    if cut is None or {one.kind for one in column.constraints} != {ConstraintType.GENERATED}:
        return None
    plain, expression = cut
    table, name = step.tree.relation.name, quoted(column.name)
    prefix, dot, _ = target.table.rpartition(".")
    function = f"{prefix}{dot}{quoted(make_object_name(table, column.name, 'sync'))}"
    trigger = quoted(make_object_name("zz", column.name, "sync"))
    value = f"(select {expression} from (select new.*) as {quoted(table)})"
    body = f"begin new.{name} := {value}; return new; end"
    steps = (
        *target.others,
        RewriteStep(f"{target.head} {plain}"),
        alone(f"create function {function}() returns trigger language plpgsql as $sync$ {body} $sync$"),
        RewriteStep(
            f"create trigger {trigger} before insert or update on {target.table}"
            f" for each row execute function {function}()"
        ),
        backfill(target.table, f"{name} = {expression}", f"{name} is null and {expression} is not null"),
    )
    undo = (
        f"drop trigger if exists {trigger} on {target.table}",
        f"drop function if exists {function}()",
        f"{target.head} drop column if exists {name}",
    )
    return Rewrite(
        steps,
        rollback=(*undo, *target.undo),
        differs="a trigger keeps the column, which is an ordinary one; on 18 and later a VIRTUAL column needs neither",
    )


def _generated_cut(clause: str) -> tuple[str, str] | None:
    """The clause without its expression, and the expression in its brackets."""
    from pglast.parser import scan  # noqa: PLC0415 - only rewrites need tokens

    tokens = [token for token in scan(clause) if token.name not in _COMMENTS]
    names = [token.name for token in tokens]
    if names[-1:] != ["STORED"] or names[-2:-1] != ["ASCII_41"] or "GENERATED" not in names:
        return None
    start = names.index("GENERATED")
    opening = names.index("ASCII_40", start)
    return clause[: tokens[start].start].rstrip(), clause[tokens[opening].start : tokens[-2].end + 1]


def domain_as_check(step: Step) -> Rewrite | None:
    """In place of a constrained domain its base type, with the domain's CHECKs as the table's own."""
    found = added_column(step)
    if found is None or not isinstance(step.tree, AlterTable) or found[1].constraints:
        return None
    target, column = found
    relation = step.look.relation(step.tree.relation)
    checks = _checks_of_domain(step, column)
    if column.type is None or not isinstance(relation, PgClass) or not checks:
        return None
    run, name = step.look.run, quoted(column.name)
    base = base_type(run, resolve(run, column.type))
    kind = TypeName(run.world.base, run.world.one(PgType, base.oid), base.oid, base.typmod).sql
    condition = " and ".join(f"({_about(check, name)})" for check in checks)
    check = quoted(constraint_name(run, relation.name, column.name, "check", relation.namespace))
    return Rewrite(
        (
            *target.others,
            RewriteStep(
                f"{target.head} add column {name} {kind}, add constraint {check} check ({condition}) not valid"
            ),
            RewriteStep(f"{target.head} validate constraint {check}"),
        ),
        rollback=(f"{target.head} drop column if exists {name}", *target.undo),
        differs="the column has the domain's base type and a CHECK of its own, which later changes of the domain miss",
    )


def _checks_of_domain(step: Step, column: ColumnDef) -> list[str]:
    """The conditions of the domain and of those that it is made over; none where they do not say everything."""
    run = step.look.run
    found: list[str] = []
    row = run.world.one(PgType, resolve(run, column.type).oid) if column.type is not None else None
    while row is not None and row.kind == "d":
        conditions = [text_of(one.expression) for one in run.world.where(PgConstraint, "type", row.oid)]
        if row.not_null or row.default is not None or None in conditions:
            return []
        found += [condition for condition in conditions if condition is not None]
        row = run.world.one(PgType, row.base_type)
    return found


def _about(condition: str, column: str) -> str:
    """The condition of a domain about a column in place of VALUE."""
    from pglast.parser import scan  # noqa: PLC0415 - only rewrites need tokens

    for token in reversed(list(scan(condition))):
        if token.name == "VALUE_P":
            condition = f"{condition[: token.start]}{column}{condition[token.end + 1 :]}"
    return condition
