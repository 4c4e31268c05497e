"""Flyway: `V<version>__<description>.sql` by version, then `R__<description>.sql` whenever their text changed."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from pgaudit.migrations.sources.files import SourceFile, decode, read_bytes, read_source, walk
from pgaudit.migrations.sources.flyway_config import FlywayConfig, read_config
from pgaudit.migrations.sources.flyway_states import BASELINE, description_of, states, version_key
from pgaudit.migrations.sources.interface import (
    Location,
    Migration,
    Problem,
    ProblemKind,
    Rerun,
    Source,
    SourceOptions,
    SqlPart,
    Tool,
    TxMode,
)
from pgaudit.migrations.sources.ordering import duplicate_versions
from pgaudit.migrations.sources.sqlfiles import at_least_one
from pgaudit.migrations.sources.sqltext import statement_heads

_CHUNK_CHARACTERS = 1 << 20
_IN_TRANSACTION = re.compile(r"^\s*executeInTransaction\s*=\s*(true|false)\s*$", re.MULTILINE | re.IGNORECASE)
# The list of Flyway's own parser. REINDEX ... CONCURRENTLY and DETACH PARTITION CONCURRENTLY are not in it.
_OUTSIDE = re.compile(
    r"(?:CREATE|DROP) (?:DATABASE|TABLESPACE|SUBSCRIPTION)\b|ALTER SYSTEM\b"
    r"|(?:CREATE|DROP)(?: UNIQUE)? INDEX CONCURRENTLY\b"
    r"|REINDEX(?: VERBOSE)? (?:SCHEMA|DATABASE|SYSTEM)\b|VACUUM\b|DISCARD ALL\b",
    re.IGNORECASE,
)


def configure(location: Location, options: SourceOptions) -> SourceOptions:
    """The options with Flyway's own placeholders, state table and order added where the user said nothing."""
    config = read_config(location.config)
    return replace(
        options,
        placeholders={**config.placeholders, **options.placeholders},
        state_table=options.state_table or config.table,
        state_schema=options.state_schema or config.schema,
        allow_out_of_order=options.allow_out_of_order or config.out_of_order,
    )


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Versioned migrations in order of their version, then repeatable ones in order of their description."""
    config = read_config(location.config)
    found = [
        migration
        for path in walk(location.folder, config.suffixes)
        if (migration := _migration(path, config, options)) is not None
    ]
    return at_least_one(sorted(found, key=_order), location.folder)


def _order(migration: Migration) -> tuple[bool, tuple[int, ...], bool, str]:
    repeatable = migration.rerun is not Rerun.NEVER
    key = () if repeatable else version_key(migration.version)
    return repeatable, key, BASELINE not in migration.replaces, migration.name


def _migration(path: Path, config: FlywayConfig, options: SourceOptions) -> Migration | None:
    kind, version, description = _parsed_name(path.name, config)
    if kind is None:
        return None
    source = read_source(path)
    digest = checksum(source.text)
    source = replace(source, text=_substituted(source.text, config, options))
    tx_mode, remarks = _transaction(source, version, config, options)
    return Migration(
        Tool.FLYWAY,
        version,
        description,
        path,
        (SqlPart(source.text, path),) if source.text else (),
        tx_mode,
        str(digest),
        source.opaque,
        Rerun.ON_CHANGE if kind == config.repeatable_prefix else Rerun.NEVER,
        replaces=(BASELINE,) if kind == config.baseline_prefix else (),
        remarks=remarks,
    )


def _parsed_name(file_name: str, config: FlywayConfig) -> tuple[str | None, str, str]:
    """Prefix, version and description of a file name; a prefix of None when it is no migration."""
    suffix = next((suffix for suffix in config.suffixes if file_name.endswith(suffix)), "")
    stem = file_name[: len(file_name) - len(suffix)]
    head, separator, tail = stem.partition(config.separator)
    description = tail.replace("_", " ")
    if separator and head == config.repeatable_prefix:
        return config.repeatable_prefix, description_of(description), description
    for prefix in (config.versioned_prefix, config.baseline_prefix):
        version = head.removeprefix(prefix)
        if head.startswith(prefix) and re.fullmatch(r"[0-9]+(?:[._][0-9]+)*", version):
            return prefix, version.replace("_", "."), description
    return None, "", ""


def checksum(text: str) -> int:
    """Flyway's checksum: CRC-32 of the lines without their ends and byte order mark, as a signed 32-bit integer."""
    crc = 0
    for start in range(0, len(text), _CHUNK_CHARACTERS):
        chunk = text[start : start + _CHUNK_CHARACTERS]
        crc = zlib.crc32(chunk.replace("\r", "").replace("\n", "").encode(errors="replace"), crc)
    return crc - 2**32 if crc >= 2**31 else crc


def _substituted(text: str, config: FlywayConfig, options: SourceOptions) -> str:
    """The text with the placeholders whose values are known; others stay for the script layer to mark."""
    if not config.placeholder_replacement:
        return text
    for name, value in options.placeholders.items():
        text = text.replace(f"{config.placeholder_prefix}{name}{config.placeholder_suffix}", value)
    return text


def _transaction(
    source: SourceFile, version: str, config: FlywayConfig, options: SourceOptions
) -> tuple[TxMode, tuple[Problem, ...]]:
    wrapped = options.tx_mode or (TxMode.ALL_PENDING if config.group else TxMode.PER_FILE)
    stated = _sidecar_says(source.path)
    if stated is None and not config.in_transaction:
        stated = False
    outside = [_OUTSIDE.match(head) is not None for head in statement_heads(source.text)]
    if not any(outside):
        return (TxMode.PER_STATEMENT if stated is False else wrapped), ()
    if all(outside) or config.mixed or stated is False:
        return TxMode.PER_STATEMENT, ()
    message = (
        f"{source.path.name} mixes statements that must run outside a transaction with others: "
        "Flyway refuses it unless mixed=true"
    )
    return TxMode.PER_STATEMENT, (Problem(ProblemKind.MIXED_TRANSACTIONS, message, (version,), source.path),)


def _sidecar_says(path: Path) -> bool | None:
    sidecar = path.with_name(path.name + ".conf")
    if not sidecar.exists():
        return None
    match = _IN_TRANSACTION.search(decode(read_bytes(sidecar))[0])
    return None if match is None else match[1].lower() == "true"


def problems(migrations: Sequence[Migration]) -> list[Problem]:
    """Duplicate versions (a baseline may share one with a versioned migration)."""
    return duplicate_versions([migration for migration in migrations if BASELINE not in migration.replaces])


SOURCE = Source(Tool.FLYWAY, read, states, problems, configure=configure)
