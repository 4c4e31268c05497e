"""Liquibase: the changesets of formatted SQL files, in the order in which the root changelog includes them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from pgaudit.migrations.sources.files import SourceFile, natural_key, read_source, walk
from pgaudit.migrations.sources.interface import (
    Location,
    Migration,
    MigrationState,
    OpaqueReason,
    OpaqueStep,
    Rerun,
    Source,
    SourceOptions,
    SqlPart,
    StateTableRows,
    Tool,
    TxMode,
)
from pgaudit.migrations.sources.liquibase_changelog import ForeignChangeset, included_files
from pgaudit.migrations.sources.ordering import applied_state, duplicate_versions, missing_states, pending_state
from pgaudit.migrations.sources.sqlfiles import at_least_one, part_between, substituted

HEADER = re.compile(r"\s*--\s*liquibase\s+formatted\s+sql", re.IGNORECASE)
_CHANGESET = re.compile(
    r"^[ \t]*--[ \t]*changeset[ \t]+(\"[^\"\n]+\"|[^:\n]+):[ \t]*(\"[^\"\n]+\"|\S+)(.*)$", re.MULTILINE | re.IGNORECASE
)
_REMARK = re.compile(r"\s*--\s*(rollback|comment|precondition)", re.IGNORECASE)
_PROPERTY = re.compile(
    r"^[ \t]*--[ \t]*property[ \t]+name:[ \t]*(\"[^\"\n]+\"|\S+)[ \t]+value:[ \t]*(\"[^\"\n]*\"|\S+)",
    re.MULTILINE | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"(\w+)\s*:\s*(\"[^\"]*\"|\S+)")
_SEPARATOR = "::"
_RAN = frozenset({"EXECUTED", "RERAN", "MARK_RAN", "SKIPPED"})


@dataclass(frozen=True, slots=True)
class _Attributes:
    in_transaction: bool
    split: bool
    rerun: Rerun
    for_postgresql: bool
    end_delimiter: str
    logical_path: str | None


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every changeset for PostgreSQL, each in a transaction of its own unless `runInTransaction:false`."""
    return at_least_one(_read(location, options), location.folder)


def _read(location: Location, options: SourceOptions) -> Iterator[Migration]:
    for entry in _entries(location):
        if isinstance(entry, ForeignChangeset):
            yield _foreign(entry, location)
            continue
        source = read_source(entry)
        if HEADER.match(source.text):
            yield from changesets(source, _relative(entry, location), options)
        elif location.config is not None:
            yield _unformatted(source, location)


def _entries(location: Location) -> Iterator[Path | ForeignChangeset]:
    if location.config is not None:
        yield from included_files(location.config, location.root)
    else:
        yield from sorted(walk(location.folder, (".sql",)), key=lambda path: natural_key(str(path)))


def _relative(path: Path, location: Location) -> str:
    return path.relative_to(location.root).as_posix() if path.is_relative_to(location.root) else path.name


def _foreign(entry: ForeignChangeset, location: Location) -> Migration:
    version = _version(_relative(entry.path, location), entry.identifier, entry.author)
    detail = "a changeset that is not SQL; `liquibase update-sql` shows what it runs"
    step = OpaqueStep(OpaqueReason.UNSUPPORTED_FORMAT, detail, entry.path, entry.line)
    return Migration(Tool.LIQUIBASE, version, entry.identifier, entry.path, (), TxMode.PER_FILE, opaque=(step,))


def _unformatted(source: SourceFile, location: Location) -> Migration:
    """An included SQL file without the header: Liquibase runs it as one changeset called `raw`."""
    version = _version(_relative(source.path, location), "raw", "includeAll")
    parts = (SqlPart(source.text, source.path),)
    return Migration(Tool.LIQUIBASE, version, "raw", source.path, parts, TxMode.PER_FILE, opaque=source.opaque)


def changesets(source: SourceFile, relative: str, options: SourceOptions) -> Iterator[Migration]:
    """The changesets of one formatted SQL file; rollback lines are comments and stay so."""
    known = {name.strip('"'): value.strip('"') for name, value in _PROPERTY.findall(source.text)}
    source = replace(source, text=substituted(source.text, {**known, **options.placeholders}))
    marks = list(_CHANGESET.finditer(source.text))
    ends = [*(match.start() for match in marks[1:]), len(source.text)]
    for match, end in zip(marks, ends, strict=False):
        attributes = _attributes(match[3])
        if attributes.for_postgresql:
            yield _changeset(source, match, end, attributes, attributes.logical_path or relative, options)


def _changeset(
    source: SourceFile,
    match: re.Match[str],
    end: int,
    attributes: _Attributes,
    filename: str,
    options: SourceOptions,
) -> Migration:
    author, identifier = match[1].strip().strip('"'), match[2].strip('"')
    part = part_between(source, match.end(), end)
    parts = () if part is None else (SqlPart(_ended(part.text, attributes), part.file, part.first_line),)
    wrapped = options.tx_mode or TxMode.PER_FILE
    outside = TxMode.PER_STATEMENT if attributes.split else TxMode.NONE
    return Migration(
        Tool.LIQUIBASE,
        _version(filename, identifier, author),
        identifier,
        source.path,
        parts,
        wrapped if attributes.in_transaction else outside,
        checksum(source.text[match.end() : end]),
        source.opaque,
        attributes.rerun,
    )


def _attributes(text: str) -> _Attributes:
    pairs = {key.lower(): value.strip('"') for key, value in _ATTRIBUTE.findall(text)}
    rerun = Rerun.NEVER
    if pairs.get("runalways", "").lower() == "true":
        rerun = Rerun.ALWAYS
    elif pairs.get("runonchange", "").lower() == "true":
        rerun = Rerun.ON_CHANGE
    ignored = pairs.get("ignore", "").lower() == "true"
    return _Attributes(
        in_transaction=pairs.get("runintransaction", "true").lower() != "false",
        split=pairs.get("splitstatements", "true").lower() != "false",
        rerun=rerun,
        for_postgresql=not ignored and _is_for_postgresql(pairs.get("dbms", "")),
        end_delimiter=pairs.get("enddelimiter", ""),
        logical_path=pairs.get("logicalfilepath"),
    )


def _is_for_postgresql(dbms: str) -> bool:
    names = {name.strip().lower() for name in dbms.split(",") if name.strip()}
    if not names or "all" in names:
        return True
    if any(name.startswith("!") for name in names):
        return "!postgresql" not in names
    return "postgresql" in names


def _ended(text: str, attributes: _Attributes) -> str:
    """The text with a delimiter of the changeset's own turned into semicolons, on the same lines."""
    delimiter = attributes.end_delimiter.replace("\\n", "").strip()
    if not delimiter or delimiter == ";" or not attributes.split:
        return text
    return re.sub(rf"{re.escape(delimiter)}[ \t]*$", ";", text, flags=re.MULTILINE | re.IGNORECASE)


def checksum(sql: str) -> str:
    """The checksum that Liquibase 4.22 and later keeps for a changeset of one SQL change, as in `md5sum`."""
    lines = (line for line in sql.splitlines() if not _REMARK.match(line))
    dense = re.sub(r"[ \n\r\t]", "", "\n".join(lines))
    inner = hashlib.md5(dense.encode(), usedforsecurity=False).hexdigest()
    return "9:" + hashlib.md5(f"9:{inner}:".encode(), usedforsecurity=False).hexdigest()


def _version(filename: str, identifier: str, author: str) -> str:
    return _SEPARATOR.join((filename, identifier, author))


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by id, author and file, whatever prefix the file name was recorded with.

    `runAlways` is always pending; `runOnChange` is, unless its checksum is certainly the same. A changeset that ran is
    never called edited: what Liquibase hashes depends on its version.
    """
    ran = {
        (str(identifier), str(author), normalised(str(filename))): str(digest)
        for identifier, author, filename, kind, digest in rows.select("id", "author", "filename", "exectype", "md5sum")
        if str(kind) in _RAN
    }
    matched: set[tuple[str, str, str]] = set()
    result: list[MigrationState] = []
    for migration in migrations:
        filename, identifier, author = migration.version.split(_SEPARATOR, 2)
        key = next((k for k in ran if k[:2] == (identifier, author) and _same_file(k[2], filename)), None)
        if key is None:
            result.append(pending_state(migration))
        else:
            matched.add(key)
            result.append(_ran_state(migration, ran[key]))
    return result + missing_states([_version(k[2], k[0], k[1]) for k in ran if k not in matched], ())


def _ran_state(migration: Migration, digest: str) -> MigrationState:
    match migration.rerun:
        case Rerun.ALWAYS:
            return pending_state(migration, "runAlways")
        case Rerun.ON_CHANGE if digest != migration.checksum_disk:
            return pending_state(migration, "runOnChange, and its checksum is not the one that is kept")
        case _:
            return applied_state(migration)


def normalised(filename: str) -> str:
    """A recorded file name without its scheme, leading dots and slashes."""
    bare = re.sub(r"^(classpath|file):", "", filename.replace("\\", "/"))
    return re.sub(r"^(\./|/)+", "", bare)


def _same_file(recorded: str, on_disk: str) -> bool:
    on_disk = normalised(on_disk)
    return recorded == on_disk or recorded.endswith("/" + on_disk) or on_disk.endswith("/" + recorded)


SOURCE = Source(Tool.LIQUIBASE, read, states, problems=duplicate_versions)
