"""Whether changing a column's type writes its table anew, decided as ATColumnChangeRequiresRewrite does."""

from __future__ import annotations

import enum

from migrations_safety.effects.builtin import preferred_types
from migrations_safety.effects.run import Run
from migrations_safety.effects.types import UNKNOWN, TypeUse, base_type, domain_has_constraints, resolve
from probes.catalog.rows import PgCast, PgOpclass, PgType
from probes.sql.queries import Tree, load, names
from probes.sql.tree.atoms import Source
from probes.sql.tree.parts import TypeName

TIMESTAMP, TIMESTAMPTZ = 1114, 1184
_VARCHAR, _NUMERIC, _VARBIT, _INTERVAL = 1043, 1700, 1562, 1186
_TIMES = frozenset({1083, 1266, TIMESTAMP, TIMESTAMPTZ})
_TIME_PRECISION = 6
_FULL_INTERVAL_PRECISION = 0xFFFF
_FULL_INTERVAL_RANGE = 0x7FFF
_ZERO_ZONES = frozenset({"utc", "gmt", "etc/utc", "etc/gmt", "uct", "etc/uct", "zulu", "etc/zulu", "universal", "gmt0"})
_ZERO_ZONES_MORE = frozenset({"greenwich", "etc/greenwich", "etc/universal", "etc/gmt0", "gmt+0", "gmt-0", "+00", "0"})


class Coercion(enum.Enum):
    """What it takes to make a value of one type of another."""

    FREE = "the stored bytes stay as they are"
    REWRITE = "every value must be computed"
    ZONE = "free in a time zone without offset only"
    IMPOSSIBLE = "there is no cast"
    UNKNOWN = "a type is not known"


FIRST_USER_OID = 16384
"""Objects below it are the server's own and do not change."""


def coercion(run: Run, source: TypeUse, target: TypeUse, *, explicit: bool = False) -> Coercion:
    """What assigning (or casting, where `explicit`) a value of one type to the other takes."""
    if UNKNOWN.oid in (source.oid, target.oid):
        return Coercion.UNKNOWN
    base = base_type(run, target)
    is_domain = base.oid != target.oid
    wanted = base if is_domain else target
    if source.oid == target.oid:
        found, typmod = Coercion.FREE, source.typmod
        wanted = target
    else:
        found = _between(run, base_type(run, source).oid, wanted.oid, explicit=explicit)
        typmod = source.typmod if source.oid == wanted.oid else -1
    if found in (Coercion.IMPOSSIBLE, Coercion.REWRITE):
        return found
    if is_domain and source.oid != target.oid and domain_has_constraints(run, target.oid):
        return Coercion.REWRITE
    if not _keeps_length(wanted.oid, typmod, wanted.typmod):
        return Coercion.REWRITE
    return found


def _between(run: Run, source: int, target: int, *, explicit: bool) -> Coercion:
    if source == target:
        return Coercion.FREE
    for cast in run.world.where(PgCast, "source", source):
        if cast.target == target:
            if cast.context == "e" and not explicit:
                return Coercion.IMPOSSIBLE
            if cast.method == "b":
                return Coercion.FREE
            return Coercion.ZONE if {source, target} == {TIMESTAMP, TIMESTAMPTZ} else Coercion.REWRITE
    return _without_cast(run, source, target, explicit=explicit)


def _without_cast(run: Run, source: int, target: int, *, explicit: bool) -> Coercion:
    left, right = run.world.one(PgType, source), run.world.one(PgType, target)
    if left is None or right is None:
        return Coercion.UNKNOWN
    if left.category == "A" and right.category == "A" and left.element and right.element:
        inner = _between(run, left.element, right.element, explicit=explicit)
        return inner if inner in (Coercion.IMPOSSIBLE, Coercion.UNKNOWN) else Coercion.REWRITE
    if right.category == "S" or (explicit and left.category == "S"):
        return Coercion.REWRITE
    return Coercion.IMPOSSIBLE


def _keeps_length(oid: int, old: int, new: int) -> bool:
    if new < 0 or new == old:
        return True
    if oid in (_VARCHAR, _VARBIT):
        return 0 <= old <= new
    if oid == _NUMERIC:
        old_raw, new_raw = old - 4, new - 4
        return old >= 0 and old_raw & 0x7FF == new_raw & 0x7FF and old_raw >> 16 <= new_raw >> 16
    if oid in _TIMES:
        return new >= _TIME_PRECISION or 0 <= old <= new
    if oid == _INTERVAL:
        old_precision = _FULL_INTERVAL_PRECISION if old < 0 else old & 0xFFFF
        new_precision = new & 0xFFFF
        keeps_fields = new >> 16 == _FULL_INTERVAL_RANGE or (old >= 0 and old >> 16 == new >> 16)
        keeps_precision = new_precision >= _TIME_PRECISION or old_precision <= new_precision
        return keeps_fields and keeps_precision
    return False


def is_zone_without_offset(name: str) -> bool:
    """Whether a TimeZone setting never moves a clock."""
    return name.lower() in _ZERO_ZONES or name.lower() in _ZERO_ZONES_MORE


# ---- USING


def using_coercion(run: Run, column: str, source: TypeUse, target: TypeUse, using: Source) -> Coercion:
    """What ALTER COLUMN TYPE takes, with the USING expression where there is one."""
    if not using:
        return coercion(run, source, target)
    current = _type_of_using(run, load(using), column, source)
    if isinstance(current, Coercion):
        return current
    use, so_far = current
    last = coercion(run, use, target)
    return last if so_far is Coercion.FREE or last is not Coercion.FREE else so_far


def _type_of_using(run: Run, tree: Tree, column: str, source: TypeUse) -> tuple[TypeUse, Coercion] | Coercion:
    """The type of nothing but casts around the column itself; any other expression computes."""
    if not isinstance(tree, dict):
        return Coercion.REWRITE
    if "ColumnRef" in tree:
        is_same = names(tree["ColumnRef"].get("fields"))[-1:] == (column,)
        return (source, Coercion.FREE) if is_same else Coercion.REWRITE
    if "TypeCast" not in tree:
        return Coercion.REWRITE
    inner = _type_of_using(run, tree["TypeCast"].get("arg"), column, source)
    if isinstance(inner, Coercion):
        return inner
    target = resolve(run, _type_name(tree["TypeCast"].get("typeName")))
    step = coercion(run, inner[0], target, explicit=True)
    if step not in (Coercion.FREE, Coercion.ZONE):
        return step
    return target, step if step is Coercion.ZONE else inner[1]


def _type_name(tree: Tree) -> TypeName:
    import msgspec  # noqa: PLC0415 - only a USING clause with a cast needs it

    return msgspec.convert(tree, TypeName)


# ---- operator classes


def default_opclass(run: Run, type_oid: int, method: str) -> PgOpclass | None:
    """The operator class that an index of the access method takes for a type (GetDefaultOpClass)."""
    known = run.world.default_opclasses
    if (type_oid, method) in known:
        return known[type_oid, method]
    found = _default_opclass(run, type_oid, method)
    if 0 < type_oid < FIRST_USER_OID:
        known[type_oid, method] = found
    return found


def _default_opclass(run: Run, type_oid: int, method: str) -> PgOpclass | None:
    use = base_type(run, TypeUse(type_oid))
    candidates = [row for row in run.world.where(PgOpclass, "method", method) if row.is_default]
    exact = [row for row in candidates if row.input_type == use.oid]
    if exact:
        return exact[0]
    coercible = [row for row in candidates if is_binary_coercible(run, use.oid, row.input_type)]
    preferred = [row for row in coercible if row.input_type in preferred_types()]
    found = preferred or coercible
    return found[0] if found else None


_ANY_ARRAY, _ANY_ENUM, _ANY_RANGE, _ANY_MULTIRANGE, _ANY_ELEMENT, _RECORD = 2277, 3500, 3831, 4537, 2283, 2249
POLYMORPHIC = frozenset({_ANY_ARRAY, _ANY_ENUM, _ANY_RANGE, _ANY_MULTIRANGE, _ANY_ELEMENT})


def is_binary_coercible(run: Run, source: int, target: int) -> bool:
    """IsBinaryCoercible."""
    if source == target:
        return True
    row = run.world.one(PgType, source)
    if row is None:
        return False
    if target in POLYMORPHIC or target == _RECORD:
        wanted = {_ANY_ENUM: "e", _ANY_RANGE: "r", _ANY_MULTIRANGE: "m", _RECORD: "c"}.get(target)
        if target == _ANY_ARRAY:
            return row.category == "A"
        return wanted is None or row.kind == wanted
    return any(
        cast.target == target and cast.method == "b" and cast.context == "i"
        for cast in run.world.where(PgCast, "source", source)
    )


def are_comparable(run: Run, referencing: int, referenced: int) -> bool:
    """Whether a foreign key can join columns of these types: one operator family, or an implicit cast."""
    left, right = base_type(run, TypeUse(referencing)).oid, base_type(run, TypeUse(referenced)).oid
    if left == right or not left or not right:
        return True
    one, other = default_opclass(run, left, "btree"), default_opclass(run, right, "btree")
    if one is None or other is None or one.family == other.family:
        return True
    return any(
        cast.target == right and cast.context == "i" for cast in run.world.where(PgCast, "source", left)
    ) or is_binary_coercible(run, left, other.input_type)
