"""Indexes built, rebuilt and dropped while the table is used."""

from __future__ import annotations

import re

from migrations_safety.rewrites.clauses import can_be_cut, made_indexes, name_of, sql_of
from migrations_safety.rewrites.model import Rewrite, RewriteStep, alone
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.sql.tree.atoms import RangeVar
from probes.sql.tree.enums import ReindexKind
from probes.sql.tree.parts import name_parts
from probes.sql.tree.routines import RefreshMaterializedView
from probes.sql.tree.tables import CreateIndex, Drop
from probes.sql.tree.utility import Reindex

_SPACE = r"(?:\s|--[^\n]*\n|/\*.*?\*/)"
_CREATE = rf"(?is)\A{_SPACE}*create{_SPACE}+(?:unique{_SPACE}+)?index\b"


def create_concurrently(step: Step) -> Rewrite | None:
    """CREATE INDEX CONCURRENTLY, which waits for writers and makes none wait."""
    tree = step.tree
    if not isinstance(tree, CreateIndex) or not can_be_cut(step) or not re.match(_CREATE, sql_of(step)):
        return None
    unique = "unique " if tree.unique else ""
    made = [tree.name] if tree.name else [row.name for row in made_indexes(step)][:1]
    schema = f"{quoted(tree.relation.schema)}." if tree.relation.schema else ""
    name = f"{schema}{quoted(made[0])}" if made else None
    return Rewrite(
        steps=(alone(re.sub(_CREATE, f"create {unique}index concurrently", sql_of(step), count=1).strip()),),
        rollback=(f"drop index concurrently if exists {name}",) if name else (),
        note="outside any transaction; where it fails it leaves an invalid index: drop that before trying again",
    )


def create_on_partitions(step: Step) -> Rewrite | None:
    """The parent's index without its partitions', then one per partition, each attached."""
    tree = step.tree
    if not isinstance(tree, CreateIndex) or not can_be_cut(step):
        return None
    parent = step.look.relation(tree.relation)
    by_table = {row.relation: row.name for row in made_indexes(step)}
    cut = _index_cut(sql_of(step))
    if parent is None or cut is None or tree.if_not_exists or parent.oid not in by_table:
        return None
    run = step.look.run
    leaves = list(run.children(parent.oid))
    if not leaves or any(leaf.kind == "p" or leaf.oid not in by_table for leaf in leaves):
        return None
    schema = f"{quoted(tree.relation.schema)}." if tree.relation.schema else ""
    unique = "unique " if tree.unique else ""
    whole = quoted(by_table[parent.oid])
    steps = [RewriteStep(f"create {unique}index {whole} on only {name_of(tree.relation)} {cut}")]
    undo = [f"drop index if exists {schema}{whole}"]
    for leaf in leaves:
        place = quoted(run.world.schema_name(leaf.namespace))
        index = quoted(by_table[leaf.oid])
        steps.append(alone(f"create {unique}index concurrently {index} on {place}.{quoted(leaf.name)} {cut}"))
        steps.append(RewriteStep(f"alter index {schema}{whole} attach partition {place}.{index}"))
        undo.append(f"drop index if exists {place}.{index}")
    return Rewrite(tuple(steps), rollback=tuple(undo))


def _index_cut(sql: str) -> str | None:
    """What a CREATE INDEX says behind the table's name; None where that cannot be told."""
    from pglast.parser import scan  # noqa: PLC0415 - only rewrites need tokens

    tokens = [token for token in scan(sql) if token.name not in {"SQL_COMMENT", "C_COMMENT"}]
    names = [token.name for token in tokens]
    if "ON" not in names:
        return None
    position = names.index("ON") + (2 if "ONLY" in names else 1) + 1
    while names[position : position + 1] == ["ASCII_46"]:
        position += 2
    return sql[tokens[position].start : tokens[-1].end + 1] if position < len(tokens) else None


def drop_concurrently(step: Step) -> Rewrite | None:
    """DROP INDEX CONCURRENTLY, one index at a time."""
    tree = step.tree
    if not isinstance(tree, Drop) or tree.cascade or not can_be_cut(step):
        return None
    names = [name_parts(one) for one in tree.objects]
    found = [step.look.relation(RangeVar(schema=_schema(name), name=name[-1])) for name in names]
    if any(row is not None and row.kind == "I" for row in found):
        return None
    exists = "if exists " if tree.missing_ok else ""
    return Rewrite(
        steps=tuple(alone(f"drop index concurrently {exists}{'.'.join(map(quoted, name))}") for name in names),
        note="outside any transaction",
    )


def _schema(name: tuple[str, ...]) -> str | None:
    return name[-2] if len(name) > 1 else None


def reindex_concurrently(step: Step) -> Rewrite | None:
    """REINDEX CONCURRENTLY, which builds beside the old index."""
    tree = step.tree
    if not isinstance(tree, Reindex) or tree.kind is ReindexKind.SYSTEM:
        return None
    what = name_of(tree.relation) if tree.relation is not None else quoted(tree.name or "")
    kind = tree.kind.name.lower()
    return Rewrite((alone(f"reindex {kind} concurrently {what}".strip()),), note="outside any transaction")


def refresh_concurrently(step: Step) -> Rewrite | None:
    """REFRESH MATERIALIZED VIEW CONCURRENTLY, where a plain unique index allows it."""
    tree = step.tree
    if not isinstance(tree, RefreshMaterializedView):
        return None
    view = step.look.relation(tree.relation)
    plain = view is not None and any(
        index.unique and index.valid and index.predicate is None and 0 not in index.columns
        for index in step.look.indexes(view)
    )
    if not plain:
        return None
    return Rewrite((RewriteStep(f"refresh materialized view concurrently {name_of(tree.relation)}"),))
