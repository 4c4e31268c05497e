"""What INSERT, UPDATE, DELETE and MERGE write to, and why the server refuses to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from migrations_safety.effects.queries import INSTEAD, INSTEAD_EVENTS
from migrations_safety.effects.run import Rel, Run
from probes.catalog.rows import PgClass, PgRewrite, PgTrigger
from probes.sql.queries import RelationUse, Tree
from probes.sql.tree.atoms import RangeVar

_GENERATED_HAVE_A_CODE_SINCE = 14
_USES = {
    "InsertStmt": RelationUse.INSERT,
    "UpdateStmt": RelationUse.UPDATE,
    "DeleteStmt": RelationUse.DELETE,
    "MergeStmt": RelationUse.MERGE,
}
_MERGED = {
    "CMD_INSERT": RelationUse.INSERT,
    "CMD_UPDATE": RelationUse.UPDATE,
    "CMD_DELETE": RelationUse.DELETE,
}
RULE_EVENTS = {RelationUse.UPDATE: "2", RelationUse.INSERT: "3", RelationUse.DELETE: "4"}
"""pg_rewrite.ev_type of the rules that a statement fires."""
_Body = dict[str, Tree]


@dataclass(slots=True)
class Written:
    """A relation that a statement writes to."""

    relation: Rel
    use: RelationUse
    uses: tuple[RelationUse, ...]
    """What happens to rows: the actions of MERGE, else `use` alone."""
    body: _Body
    columns: list[str] = field(default_factory=list[str])
    """Columns that the statement names to write."""
    overrides: bool = False

    @property
    def conflict(self) -> _Body | None:
        """ON CONFLICT."""
        return self.body.get("onConflictClause")


def written_relations(run: Run, tree: Tree) -> Iterator[Written]:
    """Every relation that a statement or its common table expressions write to."""
    waiting: list[Tree] = [tree]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            for key, value in node.items():
                use = _USES.get(key)
                if use is not None and isinstance(value, dict):
                    found = _written(run, use, value)
                    if found is not None:
                        yield found
                if isinstance(value, dict | list):
                    waiting.append(value)


def _written(run: Run, use: RelationUse, body: _Body) -> Written | None:
    named = body.get("relation", {})
    relation = run.relation(RangeVar(schema=named.get("schemaname"), name=named.get("relname", "")))
    if relation is None:
        return None
    uses: tuple[RelationUse, ...] = (use,)
    if use is RelationUse.MERGE:
        clauses = [one.get("MergeWhenClause", {}) for one in body.get("mergeWhenClauses", ())]
        uses = tuple(dict.fromkeys(_MERGED[c["commandType"]] for c in clauses if c.get("commandType") in _MERGED))
    columns = [*_names(body.get("cols")), *(_names(body.get("targetList")) if use is RelationUse.UPDATE else ())]
    conflict = body.get("onConflictClause", {})
    columns += _names(conflict.get("targetList"))
    columns += [one.get("IndexElem", {}).get("name", "") for one in _inferred(conflict) if _is_column(one)]
    overrides = body.get("override", "OVERRIDING_NOT_SET") != "OVERRIDING_NOT_SET"
    return Written(relation, use, uses, body, columns, overrides)


def _names(targets: Tree) -> list[str]:
    return [one.get("ResTarget", {}).get("name", "") for one in targets or ()]


def _inferred(conflict: _Body) -> list[_Body]:
    found: list[_Body] = conflict.get("infer", {}).get("indexElems", [])
    return found


def _is_column(element: _Body) -> bool:
    return bool(element.get("IndexElem", {}).get("name"))


# ---- refusals


def check_conflict(run: Run, one: Written) -> None:
    """Refuse ON CONFLICT without an index that could tell.

    Raises:
        Refused: 42P10 for columns, 42704 for a constraint.
    """
    infer = (one.conflict or {}).get("infer")
    if not isinstance(infer, dict) or run.is_assumed(one.relation):
        return
    name = infer.get("conname")
    if name is not None:
        if run.constraint(one.relation.oid, name) is None:
            run.refuse("42704", f"constraint {name} does not exist")
        return
    elements = _inferred(one.conflict or {})
    if not all(map(_is_column, elements)):
        return
    wanted = {element["IndexElem"]["name"] for element in elements}
    for index in run.indexes(one.relation.oid):
        names = set(run.column_names(one.relation.oid, index.columns[: index.key_count]))
        partial = index.predicate is not None and "whereClause" not in infer
        if index.unique and index.valid and index.immediate and names == wanted and not partial:
            return
    run.refuse("42P10", "there is no unique constraint matching the ON CONFLICT specification")


def check_rules(run: Run, one: Written) -> None:
    """Refuse MERGE and ON CONFLICT where rules or triggers stand in the way.

    Raises:
        Refused: 0A000.
    """
    rules = [rule for rule in run.world.where(PgRewrite, "relation", one.relation.oid) if rule.name != "_RETURN"]
    events = {RULE_EVENTS[RelationUse.INSERT], RULE_EVENTS[RelationUse.UPDATE]}
    if one.conflict is not None and any(rule.event in events for rule in rules):
        run.refuse("0A000", "INSERT with ON CONFLICT cannot be used with a table that has rules")
    if one.use is not RelationUse.MERGE:
        return
    if rules:
        run.refuse("0A000", f"cannot execute MERGE on relation {one.relation.name} that has rules")
    if one.relation.kind == "v":
        bits = [t.type_bits for t in run.world.where(PgTrigger, "relation", one.relation.oid) if t.type_bits & INSTEAD]
        taken = [any(bit & INSTEAD_EVENTS[use] for bit in bits) for use in one.uses]
        if any(taken) and not all(taken):
            run.refuse("0A000", f"view {one.relation.name} has INSTEAD OF triggers for some actions only")


def check_always(run: Run, one: Written) -> None:
    """Refuse values for columns that make their own.

    Raises:
        Refused: 428C9, or 42601 for generated columns before 14.
    """
    if not isinstance(one.relation, PgClass) or one.use is RelationUse.MERGE:
        return
    for position, name in enumerate(one.columns):
        column = run.column(one.relation.oid, name)
        if column is None or not (column.generated or (column.identity == "a" and not one.overrides)):
            continue
        if _is_given(one, position):
            is_old = bool(column.generated) and run.major < _GENERATED_HAVE_A_CODE_SINCE
            run.refuse("42601" if is_old else "428C9", f"column {name} can only have its default")


def _is_given(one: Written, position: int) -> bool:
    """Whether a value other than DEFAULT is written for the column."""
    if one.use is RelationUse.UPDATE:
        target = one.body["targetList"][position].get("ResTarget", {})
        return "SetToDefault" not in target.get("val", {})
    if position >= len(one.body.get("cols", ())):
        return False
    query = one.body.get("selectStmt", {}).get("SelectStmt", {})
    rows = query.get("valuesLists")
    if rows is None:
        return True
    return any("SetToDefault" not in row.get("List", {}).get("items", [{}])[position] for row in rows)
