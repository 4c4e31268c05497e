"""Making a picture of the shadow comparable with the audited database: what a copy cannot have is lent to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from pgaudit.review.shadow.building import CANDIDATE
from probes.catalog.catalog import Absent, Catalog
from probes.catalog.rows import (
    AvailableExtension,
    ColumnStatistics,
    ForeignServer,
    Group,
    IndexStatistics,
    PgAuthMembers,
    PgClass,
    PgDatabase,
    PgFileSetting,
    PgHbaRule,
    PgIndex,
    PgLanguage,
    PgNamespace,
    PgProc,
    PgRole,
    PgSetting,
    PgStatisticExt,
    PgTablespace,
    Progress,
    Row,
    SequenceUse,
    TableStatistics,
)
from probes.check import Check

REBUILT: tuple[type[Row], ...] = (PgLanguage, ForeignServer, PgDatabase)
"""Areas of server state that say something of the structure: they are read in the shadow."""
_KEPT: tuple[type[Row], ...] = (PgSetting, PgTablespace, AvailableExtension, PgHbaRule, PgFileSetting)
"""Areas of the server, not of the database: they are as they were."""
LENT: tuple[type[Row], ...] = (ColumnStatistics, TableStatistics, IndexStatistics, SequenceUse)
"""Areas of numbers about single relations: each is lent to the relation of the same name."""
_LENT_RELATION = (
    "pages", "tuples", "all_visible_pages", "frozen_age_xids", "min_multixact_age", "toast_pages",
    "toast_frozen_age_xids", "partition_bound",
)  # fmt: skip
_LENT_INDEX = ("pages", "tuples")
_LENT_DATABASE = ("frozen_age_xids", "min_multixact_age", "size_bytes", "collation_version", "actual_collation_version")
_LENT_ROLE = ("password_kind", "scram_iterations", "valid_until")


def is_provable(check: Check) -> bool:
    """Whether the check reads nothing but what the shadow has or is lent: no ages, sessions or statements."""
    readable = {*REBUILT, *_KEPT, *LENT, Progress}
    return check.needs.counters_days == 0 and all(
        row_type.group is not Group.STATE or row_type in readable for row_type in check.needs.areas
    )


def reads_what_is_lent(check: Check) -> bool:
    """Whether it reads what only use or a restart changes: that is lent, and no statement moves it."""
    return any(row_type in {*LENT, *_KEPT} for row_type in check.needs.areas)


class Likeness:
    """Lends the numbers of the audited database to pictures of its shadow, found by name in the first of them.

    Args:
        original: The audited database.
        first: The shadow as it was built.
    """

    def __init__(self, original: Catalog, first: Catalog) -> None:
        self._original = original
        self._relations = _pairs(original, first, PgClass, _relation_name)
        self._indexes = _pairs(original, first, PgIndex, _relation_name)
        self._functions = _pairs(original, first, PgProc, _function_name)
        self._statistics = _pairs(original, first, PgStatisticExt, _relation_name)
        self._roles = {row.name: row for row in original.rows(PgRole)}
        self._bodies = {row.oid: row.source for row in first.rows(PgProc)}
        self._oids = {row.oid: oid for oid, row in {**self._relations, **self._indexes}.items()}
        self._server = msgspec.structs.replace(original.server, role_oid=_role_oid(original, first))

    def of(self, picture: Catalog) -> Catalog:
        """The picture as the checks are to see it."""
        hidden = {row.oid for row in picture.rows(PgRole) if row.name == CANDIDATE}
        members = tuple(row for row in picture.rows(PgAuthMembers) if not hidden & {row.role, row.member})
        areas: dict[type[Row], tuple[Row, ...] | Absent] = dict(picture.areas())
        areas[PgAuthMembers] = members
        areas[PgRole] = tuple(_lent(row, self._roles.get(row.name), _LENT_ROLE) for row in picture.rows(PgRole)
                              if row.oid not in hidden)  # fmt: skip
        areas[PgClass] = _each(picture, PgClass, self._relations, _LENT_RELATION)
        areas[PgIndex] = _each(picture, PgIndex, self._indexes, _LENT_INDEX)
        areas[PgStatisticExt] = _each(picture, PgStatisticExt, self._statistics, ("is_filled",))
        areas[PgProc] = tuple(self._with_body(row) for row in picture.rows(PgProc))
        areas.update(
            {
                row_type: rows
                for row_type, rows in self._original.areas()
                if row_type in _KEPT or isinstance(rows, Absent)
            }
        )
        areas.update({row_type: self._lent_rows(row_type) for row_type in LENT})
        areas[PgDatabase] = self._database(picture)
        areas[Progress] = self._original.absent(Progress) or ()  # nobody is at work in a copy
        server = msgspec.structs.replace(self._server, database_oid=picture.server.database_oid)
        return Catalog(server, areas, self._original.scope)

    def _database(self, picture: Catalog) -> tuple[Row, ...] | Absent:
        """The database under the audited one's name; others of the server are not the audited server's."""
        missing = self._original.absent(PgDatabase) or picture.absent(PgDatabase)
        own = None if missing else picture.find(PgDatabase, picture.server.database_oid)
        if missing is not None or own is None:
            return missing or ()
        before = self._original.find(PgDatabase, self._original.server.database_oid)
        named = msgspec.structs.replace(own, name=self._server.database)
        return (_lent(named, before, _LENT_DATABASE),)

    def _with_body(self, row: PgProc) -> PgProc:
        """The function with its own body, unless what was tried changed the one that stands in."""
        own = self._functions.get(row.oid)
        unchanged = own is not None and self._bodies.get(row.oid) == row.source
        return msgspec.structs.replace(row, source=own.source) if own is not None and unchanged else row

    def _lent_rows(self, row_type: type[Row]) -> tuple[Row, ...] | Absent:
        missing = self._original.absent(row_type)
        if missing is not None:
            return missing
        field = "index" if row_type is IndexStatistics else "relation"
        found = ((row, self._oids.get(getattr(row, field))) for row in self._original.rows(row_type))
        return tuple(msgspec.structs.replace(row, **{field: oid}) for row, oid in found if oid is not None)


def _each(picture: Catalog, row_type: type[Row], known: Mapping[int, Any], fields: tuple[str, ...]) -> tuple[Row, ...]:
    return tuple(_lent(row, known.get(getattr(row, "oid", 0)), fields) for row in picture.rows(row_type))


def _lent(row: Any, owner: Any, fields: tuple[str, ...]) -> Any:
    """The row with these fields of the audited database's."""
    if owner is None:
        return row
    return msgspec.structs.replace(row, **{field: getattr(owner, field) for field in fields})


def _pairs(
    original: Catalog, first: Catalog, row_type: type[Row], name: Callable[[Catalog, Any], object]
) -> dict[int, Any]:
    """Rows of the original by the oid that the object of their name has in the shadow."""
    here = {name(first, row): getattr(row, "oid", 0) for row in first.rows(row_type)}
    named = ((here.get(name(original, row)), row) for row in original.rows(row_type))
    return {oid: row for oid, row in named if oid is not None}


def _schema(catalog: Catalog, namespace: int) -> str:
    row = catalog.find(PgNamespace, namespace)
    return row.name if row else ""


def _relation_name(catalog: Catalog, row: Any) -> object:
    return _schema(catalog, row.namespace), row.name


def _function_name(catalog: Catalog, row: PgProc) -> object:
    types = tuple(catalog.type_name(oid).sql if catalog.type_name(oid).row else "" for oid in row.argument_types)
    return _schema(catalog, row.namespace), row.name, row.kind, types, row.argument_modes


def _role_oid(original: Catalog, first: Catalog) -> int:
    found = first.find(PgRole, original.server.role, "name")
    return found.oid if found else first.server.role_oid
