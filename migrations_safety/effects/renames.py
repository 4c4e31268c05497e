"""ALTER ... RENAME."""

from __future__ import annotations

import msgspec

from migrations_safety.effects import sequences
from migrations_safety.effects.functions import function_named
from migrations_safety.effects.model import Role
from migrations_safety.effects.run import AE, SUE, Rel, Run
from migrations_safety.effects.types import refuse_taken_type, row_type_of, type_named
from migrations_safety.effects.written import parsed, written_expression
from probes.catalog.expression import Expression, Written, text_of
from probes.catalog.rows import (
    PgAttrdef,
    PgClass,
    PgConstraint,
    PgEventTrigger,
    PgExtension,
    PgIndex,
    PgNamespace,
    PgPolicy,
    PgPublication,
    PgRewrite,
    PgStatisticExt,
    PgTrigger,
    PgType,
    Row,
)
from probes.sql.expressions import model as m
from probes.sql.expressions.canonical import rebuild
from probes.sql.tree.enums import ObjectType as O
from probes.sql.tree.parts import ObjectWithArgs, TypeName, name_parts
from probes.sql.tree.tables import Rename

_KINDS = {O.VIEW: "v", O.MATVIEW: "m", O.SEQUENCE: "S", O.FOREIGN_TABLE: "f"}
_RELATIONS = frozenset({O.TABLE, O.VIEW, O.MATVIEW, O.SEQUENCE, O.FOREIGN_TABLE, O.INDEX})
_ON_TABLE: dict[O, type[Row]] = {O.TRIGGER: PgTrigger, O.POLICY: PgPolicy, O.RULE: PgRewrite}
_TRIGGERS_RECURSE_SINCE = 15


def rename(run: Run, statement: Rename) -> None:
    """Work out ALTER ... RENAME."""
    kind = statement.object_type
    if kind in _RELATIONS:
        _relation(run, statement)
    elif kind in (O.COLUMN, O.ATTRIBUTE):
        _column(run, statement)
    elif kind is O.TABCONSTRAINT:
        _constraint(run, statement)
    elif kind in _ON_TABLE:
        _on_table(run, statement, _ON_TABLE[kind])
    else:
        _other(run, statement)


def _target(run: Run, statement: Rename, kind: str = "r") -> Rel | None:
    if statement.relation is None:
        return None
    return run.relation(statement.relation, missing_ok=statement.missing_ok, kind=kind)


# ---- relations


def _relation(run: Run, statement: Rename) -> None:
    says_index = statement.object_type is O.INDEX
    wanted = _KINDS.get(statement.object_type, "")
    relation = _target(run, statement, "i" if says_index else wanted or "r")
    if relation is None:
        return
    known = not run.is_assumed(relation)
    if known and wanted and relation.kind not in wanted:
        run.refuse("42809", f"{relation.name} is of another kind")
    if known and relation.kind == "c":
        run.refuse("42809", f"{relation.name} is a composite type")
    is_index = isinstance(relation, PgIndex) or (says_index and not known)
    run.lock(relation, SUE if is_index and says_index else AE, Role.INDEX if is_index else Role.TARGET)
    if known and run.find(run.world.schema_name(relation.namespace), statement.new_name) is not None:
        run.refuse("42P07", f"relation {statement.new_name} exists")
    if isinstance(relation, PgClass) and relation.row_type:
        refuse_taken_type(run, statement.new_name, relation.namespace)
    run.change(relation, name=statement.new_name)
    if relation.kind == "S":
        sequences.renamed(run, relation.oid)
    for row in run.world.where(PgConstraint, "index", relation.oid) if isinstance(relation, PgIndex) else ():
        if row.kind in {"p", "u", "x"}:
            run.change(row, name=statement.new_name)


# ---- columns


def _column(run: Run, statement: Rename) -> None:
    relation = _target(run, statement)
    if relation is None:
        return
    role = Role.VIEW if relation.kind == "v" else Role.TARGET
    run.lock(relation, AE, role)
    if not isinstance(relation, PgClass):
        _index_column(run, relation, statement)
        return
    if relation.kind not in "rpfvmc":
        run.refuse("42809", f"{relation.name} has no columns to rename")
    old, new = statement.old_name or "", statement.new_name
    if relation.of_type:
        run.refuse("42809", "cannot rename column of typed table")
    _refuse_typed_users(run, relation, statement)
    recurse = statement.relation is not None and statement.relation.inherits
    column = run.column(relation.oid, old)
    if column is None:
        run.refuse_if_known(relation, "42703", f"column {old} does not exist")
        return
    if column.inherited_count > 0:
        run.refuse("42P16", f"cannot rename inherited column {old}")
    if run.children(relation.oid) and not recurse:
        run.refuse("42P16", "inherited column must be renamed in child tables too")
    for table in [relation, *(child for child in run.descendants(relation.oid) if isinstance(child, PgClass))]:
        if table.oid != relation.oid:
            run.lock(table, AE, run.child_role(table))
        _rename_in(run, table, old, new)


def _refuse_typed_users(run: Run, relation: PgClass, statement: Rename) -> None:
    """Tables of a composite type go along with CASCADE only."""
    if relation.kind != "c" or not relation.row_type:
        return
    for typed in run.world.where(PgClass, "of_type", relation.row_type):
        if not statement.cascade:
            run.refuse("2BP01", f"table {typed.name} is of this type")
        run.lock(typed, AE, Role.TYPE_USER)
        _rename_in(run, typed, statement.old_name or "", statement.new_name)


def _index_column(run: Run, relation: Rel, statement: Rename) -> None:
    """ALTER TABLE index RENAME COLUMN works on the index's own columns."""
    del statement
    if relation.kind == "I" and run.children(relation.oid):
        for child in run.descendants(relation.oid):
            run.lock(child, AE, Role.INDEX)


def _rename_in(run: Run, table: PgClass, old: str, new: str) -> None:
    if run.column(table.oid, new) is not None:
        run.refuse("42701", f"column {new} exists")
    column = run.column(table.oid, old)
    if column is None:
        return
    run.change(column, name=new)
    for default in run.world.where(PgAttrdef, "relation", table.oid):
        run.change(default, expression=_renamed(default.expression, old, new))
    for row in run.constraints(table.oid):
        if row.expression is not None:
            run.change(row, expression=_renamed(row.expression, old, new))
    _rename_in_keys(run, table, old, new)
    for policy in run.world.where(PgPolicy, "relation", table.oid):
        using = _renamed(policy.using, old, new) if policy.using else None
        check = _renamed(policy.check, old, new) if policy.check else None
        run.change(policy, using=using, check=check)


def _rename_in_keys(run: Run, table: PgClass, old: str, new: str) -> None:
    """In what the indexes and the key of a partitioned table compute."""
    for index in run.indexes(table.oid):
        if index.predicate is not None:
            run.change(index, predicate=_renamed(index.predicate, old, new))
        if index.expressions is not None:
            run.change(index, expressions=_renamed_in_list(index.expressions, old, new))
    cut = run.world.partitioning(table.oid)
    if cut is not None and cut.expressions is not None:
        run.change(cut, expressions=_renamed_in_list(cut.expressions, old, new))


def _renamed(expression: Expression, old: str, new: str) -> Expression:
    found = parsed(expression)
    if found is None:
        return expression
    changed = _with_name(found, old, new)
    return expression if changed == found else written_expression(changed)


def _renamed_in_list(expression: Expression, old: str, new: str) -> Expression:
    """The same in a list of expressions, as an index and the key of a partitioned table have."""
    text = text_of(expression)
    row = Written(f"row({text})")
    changed = _renamed(row, old, new)
    if text is None or changed == row or not isinstance(changed, Written):
        return expression
    return Written(changed.sql.removeprefix("row(").removesuffix(")"))


def _with_name(expression: m.Expression, old: str, new: str) -> m.Expression:
    if isinstance(expression, m.Column) and expression.name == old:
        return m.Column((*expression.parts[:-1], new))
    return rebuild(expression, lambda part: _with_name(part, old, new))


# ---- constraints, triggers, policies, rules


def _constraint(run: Run, statement: Rename) -> None:
    relation = _target(run, statement)
    if not isinstance(relation, PgClass):
        return
    run.lock(relation, AE, Role.TARGET)
    row = run.constraint(relation.oid, statement.old_name or "")
    if row is None:
        run.refuse_if_known(relation, "42704", f"constraint {statement.old_name} does not exist")
        return
    if row.kind in {"c", "n"} and not row.no_inherit:
        recurse = statement.relation is not None and statement.relation.inherits
        if not recurse and run.children(relation.oid):
            run.refuse("42P16", "inherited constraint must be renamed in child tables too")
        if row.inherited_count > 0:
            run.refuse("42P16", f"cannot rename inherited constraint {row.name}")
        for child in run.descendants(relation.oid):
            run.lock(child, AE, run.child_role(child))
            copy = run.constraint(child.oid, row.name)
            if copy is not None:
                run.change(copy, name=statement.new_name)
    if run.constraint(relation.oid, statement.new_name) is not None:
        run.refuse("42710", f"constraint {statement.new_name} exists")
    index = run.world.one(PgIndex, row.index) if row.kind in {"p", "u", "x"} else None
    if index is not None:
        run.lock(index, SUE, Role.INDEX)
        run.change(index, name=statement.new_name)
    run.change(row, name=statement.new_name)


def _on_table(run: Run, statement: Rename, row_type: type[Row]) -> None:
    relation = _target(run, statement)
    if relation is None:
        return
    if row_type is PgTrigger and relation.kind not in set("rpvf") and not run.is_assumed(relation):
        run.refuse("42809", f"{relation.name} cannot have triggers")
    run.lock(relation, AE, Role.TARGET)
    found = _named(run, row_type, relation.oid, statement.old_name or "")
    if found is None:
        run.refuse_if_known(relation, "42704", f"{statement.old_name} does not exist")
        return
    if _named(run, row_type, relation.oid, statement.new_name) is not None:
        run.refuse("42710", f"{statement.new_name} exists")
    if isinstance(found, PgTrigger):
        if found.parent:
            run.refuse("0A000", f"cannot rename trigger {found.name} of a partition")
        if run.major >= _TRIGGERS_RECURSE_SINCE:
            _rename_clones(run, relation, found, statement.new_name)
    run.change(found, name=statement.new_name)


def _rename_clones(run: Run, relation: Rel, trigger: PgTrigger, name: str) -> None:
    if relation.kind != "p":
        return
    for child in run.children(relation.oid):
        run.lock(child, AE, run.child_role(child))
        for clone in run.world.where(PgTrigger, "relation", child.oid):
            if clone.parent == trigger.oid:
                run.change(clone, name=name)
                _rename_clones(run, child, clone, name)


def _named(run: Run, row_type: type[Row], relation: int, name: str) -> Row | None:
    return next((row for row in run.world.where(row_type, "relation", relation) if _name(row) == name), None)


def _name(row: Row) -> str:
    return getattr(row, "name", "")


# ---- everything else


def _other(run: Run, statement: Rename) -> None:
    named = statement.object
    match statement.object_type:
        case O.SCHEMA:
            _schema(run, statement.old_name or "", statement.new_name)
        case O.TYPE | O.DOMAIN:
            _type(run, named, statement.new_name, as_domain=statement.object_type is O.DOMAIN)
        case O.DOMCONSTRAINT:
            _domain_constraint(run, named, statement)
        case O.FUNCTION | O.PROCEDURE | O.ROUTINE | O.AGGREGATE:
            row = function_named(run, named) if isinstance(named, ObjectWithArgs) else None
            _put_name(run, row, statement.new_name, "42883", str(named))
        case _:
            row_type = _BY_NAME.get(statement.object_type)
            if row_type is not None:
                name = name_parts(named)[-1] if named is not None else statement.old_name or ""
                rows = run.world.where(row_type, "name", name)
                _put_name(run, rows[0] if rows else None, statement.new_name, "42704", name)


_BY_NAME: dict[O, type[Row]] = {
    O.EXTENSION: PgExtension,
    O.EVENT_TRIGGER: PgEventTrigger,
    O.PUBLICATION: PgPublication,
    O.STATISTIC_EXT: PgStatisticExt,
}


def _put_name(run: Run, row: Row | None, name: str, code: str, old: str) -> None:
    if row is None:
        if run.world.knows_all:
            run.refuse(code, f"{old} does not exist")
        return
    run.change(row, name=name)


def _schema(run: Run, old: str, new: str) -> None:
    rows = run.world.where(PgNamespace, "name", old)
    if run.world.schema_oid(new) is not None:
        run.refuse("42P06", f"schema {new} exists")
    if not rows:
        if run.world.knows_all:
            run.refuse("3F000", f"schema {old} does not exist")
        return
    run.world.put(msgspec.structs.replace(rows[0], name=new))


def _type(run: Run, named: object, new: str, *, as_domain: bool) -> None:
    names = named.names if isinstance(named, TypeName) else name_parts(named)
    row = type_named(run, names)
    _refuse_other_types(run, names, row, as_domain=as_domain)
    if row is not None:
        refuse_taken_type(run, new, row.namespace)
    if row is not None and row.relation:
        composite = run.world.one(PgClass, row.relation)
        if composite is not None:
            run.lock(composite, AE, Role.TARGET)
            run.change(composite, name=new)
    _put_name(run, row, new, "42704", ".".join(names))
    array = run.world.one(PgType, row.array) if row is not None and row.array else None
    if array is not None:
        run.change(array, name=f"_{new}")


def _refuse_other_types(run: Run, names: tuple[str, ...], row: PgType | None, *, as_domain: bool) -> None:
    """Types that go by the name of something else, and what is no domain."""
    name = names[-1]
    owner = row_type_of(run, names) if row is None else None
    if owner is not None and owner.row_type and owner.kind != "c":
        run.refuse("42809", f"{name} is the row type of a relation")
    if row is None:
        return
    if row.category == "A" and row.element:
        run.refuse("42809", f"{name} is an array type")
    if as_domain and row.kind != "d":
        run.refuse("42809", f"{name} is not a domain")


def _domain_constraint(run: Run, named: object, statement: Rename) -> None:
    names = named.names if isinstance(named, TypeName) else name_parts(named)
    row = type_named(run, names)
    if row is None:
        if run.world.knows_all:
            run.refuse("42704", f"type {'.'.join(names)} does not exist")
        return
    found = [c for c in run.world.where(PgConstraint, "type", row.oid) if c.name == statement.old_name]
    if not found:
        run.refuse("42704", f"constraint {statement.old_name} does not exist")
    run.change(found[0], name=statement.new_name)
