"""An Alembic project's settings and revision files, read as configuration and syntax trees, never run."""

from __future__ import annotations

import ast
import configparser
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pgaudit.migrations.sources.errors import BadProjectFileError
from pgaudit.migrations.sources.files import decode, file_names, read_bytes, walk
from pgaudit.migrations.sources.interface import Location, TxMode
from pgaudit.migrations.sources.pyast import (
    assignments,
    calls_in,
    is_constant,
    keyword_of,
    parse_python,
    text_of,
    texts_of,
)


@dataclass(frozen=True, slots=True)
class RevisionFile:
    """One revision: its file, identifiers and syntax tree."""

    path: Path
    revision: str
    down_revisions: tuple[str, ...]
    depends_on: tuple[str, ...]
    branch_labels: tuple[str, ...]
    tree: ast.Module


@dataclass(frozen=True, slots=True)
class EnvSettings:
    """What env.py says by literals."""

    tx_mode: TxMode = TxMode.ALL_PENDING
    version_table: str | None = None
    version_table_schema: str | None = None


def script_location(config: Path) -> Path | None:
    """The folder with env.py that `alembic.ini` or `pyproject.toml` names; None when it names none."""
    value = settings(config).get("script_location", "")
    return _placed(value, config.parent) if value else None


def settings(config: Path) -> Mapping[str, str]:
    """The `[alembic]` section of `alembic.ini`, or `[tool.alembic]` of `pyproject.toml`.

    Raises:
        BadProjectFileError: when the file cannot be parsed.
    """
    text = decode(read_bytes(config))[0]
    if config.suffix == ".toml":
        return _toml_settings(config, text)
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise BadProjectFileError(config, f"is not an ini file ({type(error).__name__})") from error
    return dict(parser["alembic"]) if parser.has_section("alembic") else {}


def _toml_settings(config: Path, text: str) -> Mapping[str, str]:
    try:
        section = tomllib.loads(text).get("tool", {}).get("alembic", {})
    except tomllib.TOMLDecodeError as error:
        raise BadProjectFileError(config, f"is not TOML ({error})") from error
    return {key: "\n".join(value) if isinstance(value, list) else str(value) for key, value in section.items()}


def _placed(value: str, here: Path) -> Path:
    """A path of the settings: `%(here)s` and `package:folder` resolved beside the settings file."""
    value = value.strip().replace("%(here)s", str(here)).replace("%%", "%")
    package, colon, inside = value.partition(":")
    if colon and not Path(value).is_absolute():
        base = package.replace(".", "/")
        beside = here / base / inside
        return beside if beside.exists() else here / "src" / base / inside
    return here / value


def version_folders(location: Location) -> list[Path]:
    """The folders that hold revision files."""
    values = settings(location.config) if location.config else {}
    named = values.get("version_locations", "")
    if not named or location.config is None:
        inside = location.folder / "versions"
        return [inside if inside.is_dir() else location.folder]
    separator = values.get("path_separator") or values.get("version_path_separator") or ""
    pattern = {"os": re.escape(os.pathsep), "space": r"\s+", "newline": r"\n", ";": ";", ":": ":"}
    pieces = re.split(pattern.get(separator, r"[\s,]+"), named)
    return [_placed(piece, location.config.parent) for piece in pieces if piece.strip()]


def revision_files(location: Location) -> Iterator[RevisionFile]:
    """Every revision of the project in byte order of file names."""
    values = settings(location.config) if location.config else {}
    recursive = values.get("recursive_version_locations", "").lower() in {"true", "1", "yes", "on"}
    for folder in version_folders(location):
        paths = walk(folder, (".py",)) if recursive else (folder / name for name in file_names(folder, (".py",)))
        for path in paths:
            if (revision := read_revision(path)) is not None:
                yield revision


def read_revision(path: Path) -> RevisionFile | None:
    """The revision of a file; None when it assigns no `revision`.

    Raises:
        BadProjectFileError: when it is not Python, or its revision is no literal.
    """
    tree = parse_python(path)
    names = assignments(tree.body)
    if "revision" not in names:
        return None
    revision = text_of(names["revision"], names)
    if revision is None:
        raise BadProjectFileError(path, "has a revision that is no literal", names["revision"].lineno)
    return RevisionFile(
        path,
        revision,
        texts_of(names.get("down_revision"), names),
        texts_of(names.get("depends_on"), names),
        texts_of(names.get("branch_labels"), names),
        tree,
    )


def env_settings(folder: Path) -> EnvSettings:
    """What `context.configure(...)` in env.py says by literals about transactions and the version table."""
    path = folder / "env.py"
    if not path.exists():
        return EnvSettings()
    tree = parse_python(path)
    constants = assignments(tree.body)
    tx_mode = TxMode.ALL_PENDING
    table = schema = None
    for call in calls_in(tree):
        if is_constant(keyword_of(call, "transaction_per_migration"), value=True):
            tx_mode = TxMode.PER_FILE
        if is_constant(keyword_of(call, "transactional_ddl"), value=False):
            tx_mode = TxMode.PER_STATEMENT
        table = text_of(keyword_of(call, "version_table"), constants) or table
        schema = text_of(keyword_of(call, "version_table_schema"), constants) or schema
    return EnvSettings(tx_mode, table, schema)
