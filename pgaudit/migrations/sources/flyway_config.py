"""Flyway's settings, from `flyway.toml` or `flyway.conf`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from pgaudit.migrations.sources.errors import BadProjectFileError
from pgaudit.migrations.sources.files import decode, read_bytes


@dataclass(frozen=True, slots=True)
class FlywayConfig:
    """The settings that decide which files run, and how."""

    locations: tuple[str, ...] = ()
    versioned_prefix: str = "V"
    baseline_prefix: str = "B"
    repeatable_prefix: str = "R"
    separator: str = "__"
    suffixes: tuple[str, ...] = (".sql",)
    placeholder_prefix: str = "${"
    placeholder_suffix: str = "}"
    placeholders: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    placeholder_replacement: bool = True
    in_transaction: bool = True
    mixed: bool = False
    group: bool = False
    out_of_order: bool = False
    table: str | None = None
    schema: str | None = None


def read_config(path: Path | None) -> FlywayConfig:
    """The settings of a file, Flyway's defaults where it says nothing.

    Raises:
        BadProjectFileError: when it is not TOML.
    """
    if path is None or path.name not in {"flyway.toml", "flyway.conf"}:
        return FlywayConfig()
    text, _reason = decode(read_bytes(path))
    pairs = dict(_toml_pairs(path, text) if path.suffix == ".toml" else _conf_pairs(text))
    return _config(pairs)


def _toml_pairs(path: Path, text: str) -> Iterator[tuple[str, str]]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadProjectFileError(path, f"is not TOML ({error})") from error
    section = tables.get("flyway", {})
    yield from _flat("", section if isinstance(section, dict) else {})


def _flat(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        match value:
            case dict():
                yield from _flat(f"{prefix}{key}.", value)
            case list():
                yield f"{prefix}{key}", ",".join(str(item) for item in value)
            case bool():
                yield f"{prefix}{key}", "true" if value else "false"
            case _:
                yield f"{prefix}{key}", str(value)


def _conf_pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and key.startswith("flyway."):
            yield key.strip().removeprefix("flyway."), value.strip()


def _config(pairs: Mapping[str, str]) -> FlywayConfig:
    placeholders = {
        key.removeprefix("placeholders."): value for key, value in pairs.items() if key.startswith("placeholders.")
    }
    return FlywayConfig(
        locations=_listed(pairs.get("locations", "")),
        versioned_prefix=pairs.get("sqlMigrationPrefix", "V"),
        baseline_prefix=pairs.get("baselineMigrationPrefix", "B"),
        repeatable_prefix=pairs.get("repeatableSqlMigrationPrefix", "R"),
        separator=pairs.get("sqlMigrationSeparator", "__"),
        suffixes=_listed(pairs.get("sqlMigrationSuffixes", ".sql")),
        placeholder_prefix=pairs.get("placeholderPrefix", "${"),
        placeholder_suffix=pairs.get("placeholderSuffix", "}"),
        placeholders=placeholders,
        placeholder_replacement=_flag(pairs, "placeholderReplacement", default=True),
        in_transaction=_flag(pairs, "executeInTransaction", default=True),
        mixed=_flag(pairs, "mixed", default=False),
        group=_flag(pairs, "group", default=False),
        out_of_order=_flag(pairs, "outOfOrder", default=False),
        table=pairs.get("table"),
        schema=pairs.get("defaultSchema") or next(iter(_listed(pairs.get("schemas", ""))), None),
    )


def _listed(value: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(",") if item.strip())


def _flag(pairs: Mapping[str, str], key: str, *, default: bool) -> bool:
    return pairs[key].lower() == "true" if key in pairs else default
