"""Which Flyway migrations are pending, from the rows of `flyway_schema_history`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pgaudit.migrations.sources.interface import Migration, MigrationState, Rerun, StateTableRows
from pgaudit.migrations.sources.ordering import (
    applied_state,
    edited_state,
    failed_state,
    missing_states,
    pending_state,
    unordered_state,
)

BASELINE = "baseline"
_UNDONE = "UNDO"
VersionKey = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    version: str
    checksum: str | None
    kind: str
    success: bool


def version_key(version: str) -> VersionKey:
    """The version part by part as integers, trailing zeros left out: 1.0 is 1."""
    parts = [int(part) if part.isdecimal() else 0 for part in version.replace("_", ".").split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def description_of(description: str) -> str:
    """The version that a repeatable migration goes by here."""
    return f"R__{description}"


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States from the newest row of each version.

    Versions up to the baseline row count as applied, a repeatable migration is pending when its checksum differs, and
    one older than the newest applied is refused unless `outOfOrder` is set.
    """
    latest = _latest_rows(rows)
    versioned = {version_key(row.version): row for row in latest if not row.version.startswith("R__")}
    repeated = {row.version: row for row in latest if row.version.startswith("R__")}
    floor = max((key for key, row in versioned.items() if "BASELINE" in row.kind), default=())
    newest = max((key for key, row in versioned.items() if row.success), default=())
    on_disk_baseline = _baseline_to_run(migrations) if not versioned else ()
    result: list[MigrationState] = []
    for migration in migrations:
        if migration.rerun is not Rerun.NEVER:
            result.append(_repeatable(migration, repeated.get(migration.version)))
        elif BASELINE in migration.replaces:
            result.append(_baseline(migration, on_disk_baseline))
        else:
            result.append(_versioned(migration, versioned, max(floor, on_disk_baseline), newest))
    return result + _missing(migrations, latest, floor)


def _latest_rows(rows: StateTableRows) -> list[_Row]:
    """The newest row of each version, without what was undone or deleted since."""
    latest: dict[object, _Row] = {}
    columns = rows.select("installed_rank", "version", "description", "checksum", "type", "success")
    for _rank, version, description, checksum, kind, success in sorted(columns, key=lambda row: int(row[0] or 0)):
        known_as = str(version) if version is not None else description_of(str(description))
        row = _Row(known_as, None if checksum is None else str(checksum), str(kind), bool(success))
        if row.kind == "SCHEMA" and version is None:
            continue
        key: object = version_key(known_as) if version is not None else known_as
        if row.kind == "DELETE" or (row.kind.startswith(_UNDONE) and row.success):
            latest.pop(key, None)
        else:
            latest[key] = row
    return list(latest.values())


def _baseline_to_run(migrations: Sequence[Migration]) -> VersionKey:
    return max((version_key(m.version) for m in migrations if BASELINE in m.replaces), default=())


def _baseline(migration: Migration, to_run: VersionKey) -> MigrationState:
    if to_run and version_key(migration.version) == to_run:
        return pending_state(migration)
    return applied_state(migration, "a baseline migration runs on an empty database only")


def _repeatable(migration: Migration, row: _Row | None) -> MigrationState:
    if row is None:
        return pending_state(migration)
    if not row.success:
        return failed_state(migration, "its last run failed")
    if row.checksum == migration.checksum_disk:
        return applied_state(migration)
    return pending_state(migration, "its text changed since it ran")


def _versioned(
    migration: Migration, rows: dict[VersionKey, _Row], floor: VersionKey, newest: VersionKey
) -> MigrationState:
    key = version_key(migration.version)
    row = rows.get(key)
    if row is not None and "BASELINE" not in row.kind:
        if not row.success:
            return failed_state(migration, "its last run failed; Flyway refuses to migrate until it is repaired")
        same = row.checksum in {None, migration.checksum_disk}
        return applied_state(migration) if same else edited_state(migration)
    if floor and key <= floor:
        return applied_state(migration, "at or below the baseline")
    if newest and key < newest:
        return unordered_state(migration, "older than the newest applied migration; refused unless outOfOrder is set")
    return pending_state(migration)


def _missing(migrations: Sequence[Migration], rows: list[_Row], floor: VersionKey) -> list[MigrationState]:
    keys = {version_key(m.version) for m in migrations if m.rerun is Rerun.NEVER}
    names = {m.version for m in migrations if m.rerun is not Rerun.NEVER}
    gone = [
        row.version
        for row in rows
        if "BASELINE" not in row.kind
        and (
            row.version not in names if row.version.startswith("R__") else _gone(version_key(row.version), keys, floor)
        )
    ]
    return missing_states(gone, ())


def _gone(key: VersionKey, on_disk: set[VersionKey], floor: VersionKey) -> bool:
    return key not in on_disk and key > floor
