"""The configuration file: `pgaudit.toml`, or `[tool.pgaudit]` in `pyproject.toml`, found by walking up."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from pgaudit.errors import BadConfiguration

FILE_NAME = "pgaudit.toml"
_PROJECT_FILE = "pyproject.toml"


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Keys are written with hyphens, and a key that is not known is an error."""


class TargetSection(_Section, frozen=True):
    """`[targets.NAME]`: where a database is. Never a literal password."""

    url_env: str | None = None
    url: str | None = None


class Suppress(_Section, frozen=True):
    """`[[suppress]]`: findings that somebody has accepted, why, and until when."""

    check: str
    reason: str
    expires: Any
    """A date, or `never`: somebody has to have thought about it."""
    object: str = "*"
    """Glob over `schema.table.name` as reports print it."""
    id: str | None = None
    """Fingerprint of one finding; wins over `object`."""
    owner: str | None = None

    def __post_init__(self) -> None:
        """Reject any other value for `expires`, which msgspec cannot tell apart from text."""
        if self.expires != "never" and not isinstance(self.expires, date):
            raise ValueError(f"expires is {self.expires!r}: write a date, or never in quotes")

    @property
    def last_day(self) -> date | None:
        """The last day it holds; None for ever."""
        return self.expires if isinstance(self.expires, date) else None


class Tenancy(_Section, frozen=True):
    """`[tenancy]`: how tenants are told apart."""

    column: str | None = None
    setting: str | None = None
    schema_pattern: str | None = None


class Configuration(_Section, frozen=True):
    """Everything a project can say once instead of on each command line."""

    fail_on: str | None = None
    min_severity: str | None = None
    profile: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    exclude_schemas: tuple[str, ...] = ()
    exclude_tables: tuple[str, ...] = ()
    application_roles: tuple[str, ...] = ()
    baseline: str | None = None
    tenancy: Tenancy = Tenancy()
    targets: dict[str, TargetSection] = {}
    checks: dict[str, dict[str, Any]] = {}
    """By check id: `severity`, and thresholds by name."""
    suppress: tuple[Suppress, ...] = ()


class Loaded(msgspec.Struct, frozen=True):
    """A configuration and the file it came from; None where there is no file."""

    configuration: Configuration
    path: Path | None


def load_configuration(start: Path, *, explicit: Path | None = None, isolated: bool = False) -> Loaded:
    """The configuration that holds in a folder.

    Args:
        start: The folder from which to walk up.
        explicit: A file to read instead of looking for one.
        isolated: Read no file at all.

    Raises:
        BadConfiguration: The file is not there, is no TOML, or has an unknown key or a wrong value.
    """
    if isolated:
        return Loaded(Configuration(), None)
    path = explicit or _find(start)
    if path is None:
        return Loaded(Configuration(), None)
    return Loaded(_convert(path, _section(path, _read(path))), path)


def _find(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
        project = folder / _PROJECT_FILE
        if project.is_file() and "pgaudit" in _read(project).get("tool", {}):
            return project
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadConfiguration(str(path), error.strerror or str(error), "name a file that can be read") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfiguration(str(path), f"it is no TOML: {error}", "mend the line") from error


def _section(path: Path, content: Mapping[str, Any]) -> Mapping[str, Any]:
    if path.name != _PROJECT_FILE:
        return content
    found: Mapping[str, Any] = content.get("tool", {}).get("pgaudit", {})
    return found


def _convert(path: Path, content: Mapping[str, Any]) -> Configuration:
    try:
        return msgspec.convert(content, Configuration)
    except msgspec.ValidationError as error:
        raise BadConfiguration(str(path), str(error), "see docs/schemas/pgaudit-config-1.json") from error


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the configuration file."""
    return msgspec.json.schema(Configuration)
