"""What every server brings along: types, casts and operator classes.

The data file was read from a server 18.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.rows import ROW_TYPES, PgCast, PgNamespace, PgOpclass, PgType, Row
from probes.catalog.server import Server

if TYPE_CHECKING:
    from collections.abc import Mapping

_PG_CATALOG = 11
_PUBLIC = 2200
_BOOTSTRAP_ROLE = 10


class _Data(msgspec.Struct, frozen=True):
    types: tuple[tuple[Any, ...], ...]
    casts: tuple[tuple[int, int, int, str, str], ...]
    opclasses: tuple[tuple[int, str, str, int, int, bool], ...]


@cache
def _data() -> _Data:
    return msgspec.json.decode((Path(__file__).parent / "builtin.json").read_bytes(), type=_Data)


@cache
def preferred_types() -> frozenset[int]:
    """The preferred types of their categories."""
    return frozenset(row[0] for row in _data().types if row[11])


@cache
def builtin_catalog(major: int) -> Catalog:
    """A catalog of nothing but what every database of that major has."""
    areas: dict[type[Row], tuple[Row, ...]] = dict.fromkeys(ROW_TYPES, ())
    data = _data()
    areas[PgNamespace] = (PgNamespace(oid=_PUBLIC, name="public", owner=_BOOTSTRAP_ROLE, acl=None),)
    areas[PgType] = tuple(_type(row) for row in data.types)
    areas[PgCast] = tuple(PgCast(*row) for row in data.casts)
    areas[PgOpclass] = tuple(
        PgOpclass(
            oid=oid,
            name=name,
            namespace=_PG_CATALOG,
            method=method,
            family=family,
            input_type=input_type,
            is_default=is_default,
        )
        for oid, name, method, family, input_type, is_default in data.opclasses
    )
    return Catalog(_server(major), _as_areas(areas))


def _as_areas(areas: dict[type[Row], tuple[Row, ...]]) -> Mapping[type[Row], tuple[Row, ...]]:
    return areas


def _type(row: tuple[Any, ...]) -> PgType:
    oid, name, kind, category, length, by_value, alignment, storage, element, array, collation, _ = row
    return PgType(
        oid=oid,
        name=name,
        namespace=_PG_CATALOG,
        owner=_BOOTSTRAP_ROLE,
        kind=kind,
        category=category,
        base_type=0,
        typmod=-1,
        not_null=False,
        dimensions=0,
        collation=collation,
        element=element,
        array=array,
        relation=0,
        length=length,
        by_value=by_value,
        alignment=alignment,
        storage=storage,
        default=None,
        range_subtype=0,
        labels=(),
        acl=None,
    )


def _server(major: int) -> Server:
    return Server(
        version_num=major * 10000,
        version=str(major),
        database="",
        database_oid=0,
        role="",
        role_oid=_BOOTSTRAP_ROLE,
        superuser=False,
        in_recovery=False,
        block_size=8192,
        max_identifier_length=63,
        encoding="UTF8",
        collected_at=0.0,
        started_at=0.0,
        stats_reset_at=None,
        search_path='"$user", public',
    )
