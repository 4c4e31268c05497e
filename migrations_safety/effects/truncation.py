"""TRUNCATE, with the tables below and those that reference."""

from __future__ import annotations

from migrations_safety.effects import sequences
from migrations_safety.effects.model import ALWAYS, Conditional, Reason, Role, When
from migrations_safety.effects.run import AE, AS, NO_CATALOG, Rel, Run
from probes.catalog.rows import PgClass, PgConstraint, PgTrigger
from probes.sql.tree.tables import Truncate

_WHY = "TRUNCATE gives it an empty file"
_FOREIGN_SINCE = 14
_LOOKS_AT_PARENTS_UNTIL = 13
_BY_WRAPPER = Conditional(Reason.FUNCTION_BODY, "the foreign data wrapper decides")


def truncate(run: Run, statement: Truncate) -> None:
    """Work out TRUNCATE."""
    chosen: dict[int, Rel] = {}
    for named in statement.relations:
        relation = run.relation(named)
        if relation is None:
            continue
        if relation.kind not in _kinds(run) and not run.is_assumed(relation):
            run.refuse("42809", f"{relation.name} is not a table")
        run.lock(relation, AE, Role.TARGET)
        chosen[relation.oid] = relation
        if named.inherits:
            _add_below(run, relation, chosen)
        elif relation.kind == "p":
            run.refuse("42809", "cannot truncate only a partitioned table")
    _follow_references(run, chosen, cascade=statement.cascade)
    for relation in chosen.values():
        _truncate_one(run, relation, restart=statement.restart_identity)


def _kinds(run: Run) -> frozenset[str]:
    return frozenset("rpf" if run.major >= _FOREIGN_SINCE else "rp")


def _add_below(run: Run, relation: Rel, chosen: dict[int, Rel]) -> None:
    for child in run.descendants(relation.oid):
        run.lock(child, AE, run.child_role(child))
        chosen[child.oid] = child


def _follow_references(run: Run, chosen: dict[int, Rel], *, cascade: bool) -> None:
    """CASCADE does not look into the inheritance children of what it finds, only into partitions."""
    waiting = [oid for oid, row in chosen.items() if cascade or row.kind == "p" or _has_triggers(run, oid)]
    while waiting:
        for key in run.world.where(PgConstraint, "referenced", waiting.pop()):
            user = run.world.relation(key.relation)
            if user is None or user.oid in chosen or key.kind != "f":
                continue
            if not cascade:
                run.refuse("0A000", f"table {user.name} references it")
            run.lock(user, AE, Role.CASCADE)
            chosen[user.oid] = user
            waiting.append(user.oid)
            before = set(chosen)
            _add_below(run, user, chosen)
            waiting.extend(set(chosen) - before)


def _has_triggers(run: Run, oid: int) -> bool:
    """A reference that is not enforced does not count unless something else has triggers."""
    keys = [*run.constraints(oid), *run.world.where(PgConstraint, "referenced", oid)]
    return any(key.kind == "f" and key.enforced for key in keys) or bool(run.world.where(PgTrigger, "relation", oid))


def _truncate_one(run: Run, relation: Rel, *, restart: bool) -> None:
    when: When = NO_CATALOG if run.is_assumed(relation) else ALWAYS
    if relation.kind == "f":
        run.record.may_refuse("55000", f"the wrapper of {relation.name} may not be able to", _BY_WRAPPER)
    if relation.kind == "r":
        run.rewrite(relation, _WHY, when, is_empty=True)
        _new_indexes(run, relation)
    if run.major <= _LOOKS_AT_PARENTS_UNTIL and isinstance(relation, PgClass) and relation.is_partition:
        for parent in run.ancestors(relation.oid):
            run.lock(parent, AS, Role.PARENT)
    if restart:
        _restart_sequences(run, relation)


def _new_indexes(run: Run, relation: Rel) -> None:
    for index in run.indexes(relation.oid):
        run.lock(index, AE, Role.INDEX)
        run.record.build(run.ref(index), _WHY, is_empty=True)
        run.scan(relation, _WHY, is_empty=True)


def _restart_sequences(run: Run, relation: Rel) -> None:
    for column in run.columns(relation.oid):
        sequence = sequences.sequence_of(run, column)
        row = run.world.one(PgClass, sequence) if sequence is not None else None
        if row is not None:
            run.lock(row, AE, Role.SEQUENCE)
