"""The names the server makes up for indexes, constraints and sequences."""

from __future__ import annotations

from collections.abc import Sequence

from migrations_safety.effects.run import Run
from probes.catalog.rows import PgClass, PgConstraint, PgIndex

_MAX_BYTES = 63


def make_object_name(name: str, addition: str, label: str) -> str:
    """`name_addition_label`, the longer of the first two cut until all fits (makeObjectName)."""
    overhead = (len(addition.encode()) and 1) + (len(label) + 1 if label else 0)
    room = _MAX_BYTES - overhead
    first, second = name.encode(), addition.encode()
    while len(first) + len(second) > room:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    parts = [first.decode(errors="ignore"), second.decode(errors="ignore") if addition else "", label]
    return "_".join(part for part in parts if part)


def relation_name(run: Run, base: str, addition: str, label: str, namespace: int, *, as_constraint: bool) -> str:
    """A free name for a relation, and for a constraint too where it will be one (ChooseRelationName)."""
    attempt = 0
    while True:
        found = make_object_name(base, addition, label if not attempt else f"{label}{attempt}")
        if not _relation_exists(run, found, namespace) and not (
            as_constraint and any(row.namespace == namespace for row in run.world.where(PgConstraint, "name", found))
        ):
            return found
        attempt += 1


def constraint_name(run: Run, base: str, addition: str, label: str, namespace: int, taken: Sequence[str] = ()) -> str:
    """A free name for a constraint (ChooseConstraintName)."""
    attempt = 0
    while True:
        found = make_object_name(base, addition, label if not attempt else f"{label}{attempt}")
        used = any(row.namespace == namespace for row in run.world.where(PgConstraint, "name", found))
        if not used and found not in taken:
            return found
        attempt += 1


def index_name(run: Run, table: str, columns: Sequence[str], namespace: int, label: str) -> str:
    """The name of an index, `label` being pkey, key, excl or idx (ChooseIndexName)."""
    addition = "" if label == "pkey" else columns_addition(columns)
    return relation_name(run, table, addition, label, namespace, as_constraint=label != "idx")


def columns_addition(columns: Sequence[str]) -> str:
    """Column names joined as ChooseIndexNameAddition and its kind do."""
    found = ""
    for name in columns:
        found = name if not found else f"{found}_{name}"
        if len(found.encode()) >= _MAX_BYTES:
            break
    return found


def _relation_exists(run: Run, name: str, namespace: int) -> bool:
    return any(row.namespace == namespace for row in run.world.where(PgClass, "name", name)) or any(
        row.namespace == namespace for row in run.world.where(PgIndex, "name", name)
    )
