"""Naming types as the server's format_type() does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from probes.catalog.names import qualified, quoted
from probes.catalog.rows import PgNamespace, PgType

if TYPE_CHECKING:
    from probes.catalog.catalog import Catalog

_SQL_NAMES = {
    "bool": "boolean",
    "bpchar": "character",
    "float4": "real",
    "float8": "double precision",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "interval": "interval",
    "json": "json",
    "numeric": "numeric",
    "time": "time without time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
    "varbit": "bit varying",
    "varchar": "character varying",
}
_HEADER_BYTES = 4  # VARHDRSZ: what character types add to their length in a typmod
_INTERVAL_FIELDS = {  # ranges of interval typmods, from timestamp.h: a mask of the fields
    1 << 2: "year",
    1 << 1: "month",
    1 << 3: "day",
    1 << 10: "hour",
    1 << 11: "minute",
    1 << 12: "second",
    (1 << 2) | (1 << 1): "year to month",
    (1 << 3) | (1 << 10): "day to hour",
    (1 << 3) | (1 << 10) | (1 << 11): "day to minute",
    (1 << 3) | (1 << 10) | (1 << 11) | (1 << 12): "day to second",
    (1 << 10) | (1 << 11): "hour to minute",
    (1 << 10) | (1 << 11) | (1 << 12): "hour to second",
    (1 << 11) | (1 << 12): "minute to second",
}
_FULL_PRECISION = 0xFFFF
_FULL_RANGE = 0x7FFF


class TypeName(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A type with its modifier. `row` is None for a row type of a table, which a catalog does not list."""

    catalog: Catalog
    row: PgType | None
    oid: int
    typmod: int

    def __str__(self) -> str:
        return self.sql

    @property
    def sql(self) -> str:
        """The name as SQL: `integer`, `character varying(20)`, `app.mood[]`."""
        if self.row is None:
            return f"type {self.oid}"
        if self.row.element and self.row.storage != "p":  # point, name and oidvector have elements, too
            return f"{self.catalog.type_name(self.row.element, self.typmod).sql}[]"
        if self.catalog.find(PgNamespace, self.row.namespace) is not None:
            return qualified(self.catalog.schema_name(self.row.namespace), self.row.name) + self._modifier()
        name = _SQL_NAMES.get(self.row.name, quoted(self.row.name))
        if self.row.name == "bit" and self.typmod >= 0:
            name = "bit"  # without a length it is quoted, for plain BIT means bit(1)
        if special := self._special_name():
            return special
        head, space, tail = name.partition(" with")  # the modifier of time and timestamp stands before the zone
        return head + self._modifier() + space + tail

    @property
    def base(self) -> TypeName:
        """The type under any number of domains."""
        current = self
        while current.row is not None and current.row.kind == "d":
            current = self.catalog.type_name(current.row.base_type, current.row.typmod)
        return current

    @property
    def is_domain(self) -> bool:
        """Whether it is a domain."""
        return self.row is not None and self.row.kind == "d"

    def _special_name(self) -> str | None:
        """Two types whose SQL name means something else without a modifier or quotes."""
        if self.row is not None and self.row.name == "bpchar" and self.typmod < 0:
            return "bpchar"
        return '"char"' if self.row is not None and self.row.name == "char" else None

    def _modifier(self) -> str:
        if self.typmod < 0 or self.row is None:
            return ""
        match self.row.name:
            case "varchar" | "bpchar":
                return f"({self.typmod - _HEADER_BYTES})"
            case "numeric":
                raw = self.typmod - _HEADER_BYTES
                scale = raw & 0x7FF
                return f"({raw >> 16},{scale - 0x800 if scale & 0x400 else scale})"
            case "interval":
                return self._interval_modifier()
            case _:
                return f"({self.typmod})"

    def _interval_modifier(self) -> str:
        fields = _INTERVAL_FIELDS.get(self.typmod >> 16 & _FULL_RANGE, "")
        precision = self.typmod & _FULL_PRECISION
        digits = "" if precision == _FULL_PRECISION else f"({precision})"
        return (f" {fields}" if fields else "") + digits
