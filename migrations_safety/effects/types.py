"""Types as statements write them, found in the world."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.run import Run
from migrations_safety.effects.world import PG_CATALOG
from probes.catalog.rows import PgClass, PgCollation, PgConstraint, PgType
from probes.sql.tree.parts import TypeName, schema_and_name

_HEADER_BYTES = 4
SEQUENCES_WITHOUT_ROW_TYPE_SINCE = 14
_MAX_TIME_PRECISION = 6
_FULL_INTERVAL_PRECISION = 0xFFFF
_FULL_INTERVAL_RANGE = 0x7FFF
_NAMED_COLLATIONS = {"default": 100, "C": 950, "POSIX": 951}
_BUILTIN_COLLATION_BASE = -2_000_000_000

SERIALS = {
    "serial": "int4",
    "serial4": "int4",
    "bigserial": "int8",
    "serial8": "int8",
    "smallserial": "int2",
    "serial2": "int2",
}


class TypeUse(msgspec.Struct, frozen=True, gc=False):
    """A type with its modifier; oid 0 where it is not known."""

    oid: int
    typmod: int = -1
    collation: int = 0
    dimensions: int = 0


UNKNOWN = TypeUse(0)


def resolve(run: Run, named: TypeName) -> TypeUse:
    """The type that a statement names; UNKNOWN without a catalog that has it.

    Raises:
        Refused: 42704, there is no such type.
    """
    names = named.names
    if named.pct_type or not names:
        return UNKNOWN
    if names[-1] in SERIALS and len(names) == 1:
        names = ("pg_catalog", SERIALS[names[-1]])
    found = type_named(run, names)
    if found is None:
        row_type = _row_type(run, names)
        if row_type is None and run.world.knows_all:
            run.refuse("42704", f"type {'.'.join(names)} does not exist")
        return UNKNOWN if row_type is None or named.array_dimensions else TypeUse(row_type)
    typmod = _typmod(found.name, named.typmods) if found.namespace == PG_CATALOG else -1
    if named.array_dimensions:
        return TypeUse(found.array, typmod, found.collation, named.array_dimensions)
    return TypeUse(found.oid, typmod, found.collation)


def type_named(run: Run, names: tuple[str, ...]) -> PgType | None:
    """The type of that name, by the search path where no schema is written."""
    rows = run.world.where(PgType, "name", names[-1])
    if len(names) > 1:
        wanted = run.world.schema_oid(names[-2])
        return next((row for row in rows if row.namespace == wanted), None)
    for namespace in run.search_path():
        for row in rows:
            if row.namespace == namespace:
                return row
    return None


def refuse_taken_type(run: Run, name: str, namespace: int) -> None:
    """Refuse a relation, which has a row type of its name, or a type, where a type of the name is in the way.

    An array type makes room by taking another name.

    Raises:
        Refused: 42710.
    """
    if any(row.namespace == namespace and not row.element for row in run.world.where(PgType, "name", name)):
        run.refuse("42710", f"type {name} exists")


def has_row_type(run: Run, relation: object) -> bool:
    """Whether a relation has a row type, which goes by its name."""
    kinds = "rpvmfcS" if run.major < SEQUENCES_WITHOUT_ROW_TYPE_SINCE else "rpvmfc"
    return isinstance(relation, PgClass) and relation.kind in kinds


def _row_type(run: Run, names: tuple[str, ...]) -> int | None:
    """The oid of a table's row type, which catalogs leave out: there is one for every table."""
    found = run.find(*schema_and_name(names))
    return found.row_type if isinstance(found, PgClass) and has_row_type(run, found) else None


def row_type_of(run: Run, names: tuple[str, ...]) -> PgClass | None:
    """The relation whose row type is named."""
    found = run.find(*schema_and_name(names))
    return found if isinstance(found, PgClass) else None


def _typmod(name: str, written: tuple[object, ...]) -> int:  # noqa: PLR0911 - one return per family of types
    numbers = [value for value in written if isinstance(value, int)]
    if not numbers:  # the grammar puts the 1 of `char` in itself; `bpchar` has no limit
        return -1
    first = numbers[0]
    match name:
        case "varchar" | "bpchar":
            return first + _HEADER_BYTES
        case "numeric":
            scale = numbers[1] if len(numbers) > 1 else 0
            return ((first << 16) | (scale & 0x7FF)) + _HEADER_BYTES
        case "time" | "timetz" | "timestamp" | "timestamptz":
            return min(first, _MAX_TIME_PRECISION)
        case "interval":
            precision = min(numbers[1], _MAX_TIME_PRECISION) if len(numbers) > 1 else _FULL_INTERVAL_PRECISION
            if first == _FULL_INTERVAL_RANGE and precision == _FULL_INTERVAL_PRECISION:
                return -1
            return (first << 16) | precision
        case _:
            return first


def base_type(run: Run, use: TypeUse) -> TypeUse:
    """The type under any number of domains."""
    current = use
    while (row := run.world.one(PgType, current.oid)) is not None and row.kind == "d":
        current = TypeUse(row.base_type, row.typmod, use.collation)
    return current


def domain_has_constraints(run: Run, oid: int) -> bool:
    """Whether values of the domain, or of a domain it is made over, must be checked."""
    row = run.world.one(PgType, oid)
    while row is not None and row.kind == "d":
        if row.not_null or any(c.kind in {"c", "n"} for c in run.world.where(PgConstraint, "type", row.oid)):
            return True
        row = run.world.one(PgType, row.base_type)
    return False


def domain_default(run: Run, oid: int) -> str | None:
    """The text of the default that a column of the domain gets."""
    row = run.world.one(PgType, oid)
    while row is not None and row.kind == "d":
        if row.default is not None:
            return row.default
        row = run.world.one(PgType, row.base_type)
    return None


def collation_named(run: Run, names: tuple[str, ...]) -> int:
    """The oid of a collation; a stand-in for those of the system that a catalog leaves out."""
    known = _NAMED_COLLATIONS.get(names[-1])
    if known is not None and (len(names) == 1 or names[0] == "pg_catalog"):
        return known
    rows = run.world.where(PgCollation, "name", names[-1])
    return rows[0].oid if rows else _BUILTIN_COLLATION_BASE - sum(ord(c) * 31**i for i, c in enumerate(names[-1][:6]))
