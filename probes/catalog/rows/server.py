"""Rows about the server as a whole: databases, settings, files, tablespaces, foreign servers."""

from __future__ import annotations

from typing import ClassVar

from probes.catalog.rows.base import StateRow


class PgDatabase(StateRow, frozen=True, gc=False, array_like=True):
    """A database of the cluster. `actual_collation_version` is known for the audited one only."""

    area: ClassVar[str] = "pg_database"
    oid: int
    name: str
    owner: int
    encoding: str
    collate: str | None
    locale_provider: str
    allow_connections: bool
    connection_limit: int
    is_template: bool
    frozen_age_xids: int
    min_multixact_age: int
    collation_version: str | None
    actual_collation_version: str | None
    acl: tuple[str, ...] | None
    size_bytes: int | None
    """Of the audited database only, and only where it is cheap and allowed; else None."""


class PgSetting(StateRow, frozen=True, gc=False, array_like=True):
    """A server setting that our role may see. `value` is in `unit`, as pg_settings gives it; secrets are masked."""

    area: ClassVar[str] = "pg_settings"
    name: str
    value: str
    unit: str | None
    boot_value: str | None
    reset_value: str | None
    context: str
    source: str
    type: str
    pending_restart: bool
    source_file: str | None
    source_line: int | None


class PgFileSetting(StateRow, frozen=True, gc=False, array_like=True):
    """A line of the configuration files. Values are not kept: they are in PgSetting once they apply."""

    area: ClassVar[str] = "pg_file_settings"
    file_name: str | None
    line: int | None
    name: str | None
    applied: bool
    error: str | None


class PgTablespace(StateRow, frozen=True, gc=False, array_like=True):
    """A tablespace; the location is empty for the built-in ones."""

    area: ClassVar[str] = "pg_tablespace"
    oid: int
    name: str
    owner: int
    location: str


class ForeignServer(StateRow, frozen=True, gc=False, array_like=True):
    """A foreign server: the names of its options and whether user mappings carry a password, never a value."""

    area: ClassVar[str] = "pg_foreign_server"
    oid: int
    name: str
    owner: int
    wrapper: str
    option_names: tuple[str, ...]
    mapping_option_names: tuple[str, ...]
    acl: tuple[str, ...] | None


class WalDirectory(StateRow, frozen=True, gc=False, array_like=True):
    """What lies in pg_wal; one row. Listing it is granted to pg_monitor."""

    area: ClassVar[str] = "pg_ls_waldir"
    files: int
    size_bytes: int
