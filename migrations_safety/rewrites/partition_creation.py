"""Partitions created while their parent is used."""

from __future__ import annotations

from migrations_safety.effects.bounds import default_constraint, partition_constraint
from migrations_safety.effects.naming import make_object_name
from migrations_safety.effects.written import sql as written
from migrations_safety.rewrites.clauses import can_be_cut, name_of, sql_of
from migrations_safety.rewrites.model import Rewrite, RewriteStep, alone
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.catalog.rows import PgClass
from probes.sql.tree.tables import CreateTable

_COMPRESSES_SINCE = 14
_COPIED = ("defaults", "constraints", "generated", "storage")
_ENDS = frozenset({"PARTITION", "USING", "WITH", "ON", "TABLESPACE"})


def create_then_attach(step: Step) -> Rewrite | None:
    """The table by itself, then ATTACH PARTITION, with a proof on the default partition where there is one."""
    tree = step.tree
    if not isinstance(tree, CreateTable) or tree.bound is None or not can_be_cut(step) or _says_more(tree):
        return None
    bound = _bound_text(sql_of(step))
    parent = step.look.relation(tree.inherits[0])
    if bound is None or (parent is not None and not isinstance(parent, PgClass)):
        return None
    table, above = name_of(tree.relation), name_of(tree.inherits[0])
    before, after, undo = _default_proof(step, tree, parent)
    exists = "if not exists " if tree.if_not_exists else ""
    copied = [*_COPIED, *(["compression"] if step.look.major >= _COMPRESSES_SINCE else [])]
    including = " ".join(f"including {one}" for one in copied)
    return Rewrite(
        (
            alone(f"create table {exists}{table} (like {above} {including})"),
            *before,
            RewriteStep(f"alter table {above} attach partition {table} {bound}"),
            *after,
        ),
        rollback=(f"drop table if exists {table}", *undo),
    )


def _says_more(tree: CreateTable) -> bool:
    """Whether the partition has columns, partitions, options or a place of its own."""
    own = (tree.elements, tree.partition_by, tree.wire_options, tree.tablespace, tree.access_method)
    return any(own) or tree.relation.persistence != "p"


def _default_proof(
    step: Step, tree: CreateTable, parent: PgClass | None
) -> tuple[tuple[RewriteStep, ...], tuple[RewriteStep, ...], tuple[str, ...]]:
    """What keeps the default partition from being read: steps before and after, and their rollback."""
    run = step.look.run
    default = run.default_partition(parent.oid) if parent is not None else None
    if parent is None or default is None or tree.bound is None:
        return (), (), ()
    wanted = partition_constraint(run, parent, tree.bound)
    if wanted is None:
        return (), (), ()
    head = f"alter table {quoted(run.world.schema_name(default.namespace))}.{quoted(default.name)}"
    proof = quoted(make_object_name(tree.relation.name, "", "bound_proof"))
    drop = f"{head} drop constraint"
    return (
        (
            RewriteStep(f"{head} add constraint {proof} check ({written(default_constraint(wanted))}) not valid"),
            RewriteStep(f"{head} validate constraint {proof}"),
        ),
        (RewriteStep(f"{drop} {proof}"),),
        (f"{drop} if exists {proof}",),
    )


def _bound_text(sql: str) -> str | None:
    """`for values ...` or `default` as written."""
    from pglast.parser import scan  # noqa: PLC0415 - only rewrites need tokens

    tokens = [token for token in scan(sql) if token.name not in {"SQL_COMMENT", "C_COMMENT"}]
    names = [token.name for token in tokens]
    if "OF" not in names:
        return None
    of = names.index("OF")
    starts = [i for i in range(of, len(names)) if names[i] in {"FOR", "DEFAULT"}]
    if not starts:
        return None
    start = starts[0]
    end = next((i for i in range(start + 3, len(names)) if names[i] in _ENDS and names[i - 1] != "VALUES"), len(names))
    return sql[tokens[start].start : tokens[end - 1].end + 1].rstrip().rstrip(";")
