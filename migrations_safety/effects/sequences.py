"""Sequences: those a column brings along, and CREATE, ALTER SEQUENCE."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.columns import SequencePlan
from migrations_safety.effects.naming import relation_name
from migrations_safety.effects.run import Rel, Run
from migrations_safety.effects.world import new_class
from migrations_safety.effects.written import parsed, written_expression
from probes.catalog.names import qualified
from probes.catalog.rows import PgAttrdef, PgAttribute, PgClass, PgDepend, PgSequence
from probes.sql.expressions import model as m
from probes.sql.tree.parts import DefElem, name_parts

_INT2, _INT4, _INT8 = 21, 23, 20
MAXIMUM = {_INT2: 2**15 - 1, _INT4: 2**31 - 1, _INT8: 2**63 - 1}

_UNLOGGED_SINCE = 15


def sequence_row(oid: int, type_oid: int, options: tuple[DefElem, ...]) -> PgSequence:
    """The limits of a new sequence."""
    values = {option.name: option.value for option in options}
    increment = _number(values.get("increment"), 1)
    top = MAXIMUM.get(type_oid, MAXIMUM[_INT8])
    maximum = _number(values.get("maxvalue"), top if increment > 0 else -1)
    minimum = _number(values.get("minvalue"), 1 if increment > 0 else -top - 1)
    return PgSequence(
        relation=oid,
        type=type_oid or _INT8,
        start=_number(values.get("start"), minimum if increment > 0 else maximum),
        increment=increment,
        minimum=minimum,
        maximum=maximum,
        cache=_number(values.get("cache"), 1),
        cycle=bool(values.get("cycle", False)),
    )


def _number(value: object, otherwise: int) -> int:
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else otherwise


def create_for_column(
    run: Run, relation: Rel, column: PgAttribute, plan: SequencePlan, *, identity: bool
) -> tuple[int, str]:
    """Make the sequence of a serial or identity column, owned by it; gives its oid and its name as SQL."""
    name = _name_given(plan) or relation_name(
        run, relation.name, column.name, "seq", relation.namespace, as_constraint=False
    )
    oid = run.world.fresh_oid()
    row = new_class(oid, name, relation.namespace, "S")
    if isinstance(relation, PgClass):
        row = msgspec.structs.replace(row, owner=relation.owner, persistence=_persistence(run, relation))
    run.world.put(row, sequence_row(oid, plan.type, plan.options))
    own(run, oid, column, "i" if identity else "a")
    target = qualified(run.world.schema_name(relation.namespace), name)
    if not identity:
        default_from(run, column, oid, target)
    return oid, target


def _persistence(run: Run, relation: PgClass) -> str:
    """Of the sequence that belongs to a table."""
    is_like_table = relation.persistence == "t" or run.major >= _UNLOGGED_SINCE
    return relation.persistence if is_like_table else "p"


def _name_given(plan: SequencePlan) -> str | None:
    """The name behind SEQUENCE NAME, as pg_dump writes it; the server refuses another schema than the table's."""
    values = (option.value for option in plan.options if option.name == "sequence_name")
    return next((name_parts(value)[-1] for value in values if isinstance(value, tuple)), None)


def own(run: Run, sequence: int, column: PgAttribute, kind: str) -> None:
    """Tie a sequence to a column, in place of the one it was tied to."""
    disown(run, sequence)
    run.world.put(
        PgDepend(
            catalog="pg_class",
            object=sequence,
            sub_object=0,
            referenced_catalog="pg_class",
            referenced=column.relation,
            referenced_column=column.number,
            kind=kind,
        )
    )


def is_owned(run: Run, sequence: int) -> bool:
    """Whether a sequence belongs to a column."""
    return any(
        row.catalog == "pg_class" and row.referenced_catalog == "pg_class" and row.kind in {"a", "i"}
        for row in run.world.where(PgDepend, "object", sequence)
    )


def disown(run: Run, sequence: int) -> None:
    """Untie a sequence from its column."""
    for row in run.world.where(PgDepend, "object", sequence):
        if row.catalog == "pg_class" and row.referenced_catalog == "pg_class" and row.kind in {"a", "i"}:
            run.world.remove(row)


def default_from(run: Run, column: PgAttribute, sequence: int, target: str) -> None:
    """Give a column the default nextval() of a sequence."""
    expression = m.Call(("nextval",), (m.Cast(m.Constant(target), "regclass"),))
    oid = run.world.fresh_oid()
    run.change(column, has_default=True)
    run.world.put(
        PgAttrdef(oid=oid, relation=column.relation, column=column.number, expression=written_expression(expression)),
        depends_on_sequence(oid, sequence),
    )


def renamed(run: Run, sequence: int) -> None:
    """Have defaults show the new name of a sequence: they hold its oid."""
    row = run.world.one(PgClass, sequence)
    if row is None:
        return
    target = qualified(run.world.schema_name(row.namespace), row.name)
    for tie in run.world.where(PgDepend, "referenced", sequence):
        default = run.world.one(PgAttrdef, tie.object) if tie.catalog == "pg_attrdef" else None
        match parsed(default.expression) if default is not None else None:
            case m.Call(name=name) as call if default is not None and name[-1] == "nextval" and len(call.args) == 1:
                named = m.Call(name, (m.Cast(m.Constant(target), "regclass"),))
                run.change(default, expression=written_expression(named))
            case _:
                pass


def depends_on_sequence(default: int, sequence: int) -> PgDepend:
    """The tie of a default to the sequence it names."""
    return PgDepend(
        catalog="pg_attrdef",
        object=default,
        sub_object=0,
        referenced_catalog="pg_class",
        referenced=sequence,
        referenced_column=0,
        kind="n",
    )


def sequence_of(run: Run, column: PgAttribute) -> int | None:
    """The sequence that belongs to an identity or serial column."""
    for row in run.world.where(PgDepend, "referenced", column.relation):
        owned = row.catalog == "pg_class" and row.referenced_catalog == "pg_class" and row.kind in {"a", "i"}
        if owned and row.referenced_column == column.number:
            return row.object
    return None


def change_options(run: Run, limits: PgSequence, options: tuple[DefElem, ...]) -> None:
    """ALTER SEQUENCE's options."""
    fields = {
        "increment": "increment",
        "maxvalue": "maximum",
        "minvalue": "minimum",
        "start": "start",
        "cache": "cache",
    }
    changed: dict[str, object] = {}
    for option in options:
        field = fields.get(option.name)
        if field is not None and option.value is not None:
            changed[field] = _number(option.value, getattr(limits, field))
        elif option.name == "cycle":
            changed["cycle"] = bool(option.value)
    run.change(limits, **changed)


def change_type(run: Run, sequence: int, type_oid: int) -> None:
    """ALTER SEQUENCE AS: limits that were the old type's become the new type's."""
    limits = run.world.one(PgSequence, sequence, "relation")
    if limits is None or limits.type == type_oid:
        return
    maximum, minimum = limits.maximum, limits.minimum
    old, top = MAXIMUM.get(limits.type), MAXIMUM.get(type_oid)
    if old is not None and top is not None:
        maximum = top if maximum == old else maximum
        minimum = -top - 1 if minimum == -old - 1 else minimum
    run.change(limits, type=type_oid, maximum=maximum, minimum=minimum)


def named_in(run: Run, expression: m.Expression | None) -> list[Rel]:
    """The sequences that an expression draws from by name."""
    found: list[Rel] = []
    for part in m.walk(expression) if expression is not None else ():
        if not isinstance(part, m.Call) or part.name[-1] != "nextval" or not part.args:
            continue
        argument = part.args[0].arg if isinstance(part.args[0], m.Cast) else part.args[0]
        if isinstance(argument, m.Constant) and isinstance(argument.value, str):
            names = [name.strip('"') for name in argument.value.split(".")]
            sequence = run.find(names[-2] if len(names) > 1 else None, names[-1])
            if sequence is not None:
                found.append(sequence)
    return found
