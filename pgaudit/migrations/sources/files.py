"""Reading migration files: text whatever the encoding, in a stable order, from a folder that may be hostile."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from pgaudit.migrations.sources.errors import FolderChangedError, PathNotFoundError, UnreadableFileError
from pgaudit.migrations.sources.interface import OpaqueReason, OpaqueStep

T = TypeVar("T")

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SNIFFED_BYTES = 8192
_SKIPPED_FOLDERS = frozenset({".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", "site-packages", "target"})
_MAX_DEPTH = 24
# What a reader may look at. A log or an upload that grows beside the migrations is no change of them.
_WATCHED_SUFFIXES = (
    *(".sql", ".py", ".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".rb", ".exs", ".go"),
    *(".toml", ".json", ".yaml", ".yml", ".xml", ".conf", ".plan", ".sum", ".ini"),
)


class SourceFile(msgspec.Struct, frozen=True):
    """A file as text, with what could not be read of it."""

    path: Path
    text: str
    data_sha256: str
    opaque: tuple[OpaqueStep, ...] = ()


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        PathNotFoundError: when it is not there.
        UnreadableFileError: when it may not be read, or is no regular file.
    """
    try:
        if not path.is_file() and path.exists():
            raise UnreadableFileError(path, "not a regular file")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise PathNotFoundError(path) from error
    except OSError as error:
        raise UnreadableFileError(path, error.strerror or type(error).__name__) from error


def decode(data: bytes) -> tuple[str, OpaqueReason | None]:
    """The text of a file without its byte order mark, and why it is not (all) text."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decoded(data[len(bom) :], encoding)
    if b"\0" in data[:_SNIFFED_BYTES]:
        return "", OpaqueReason.BINARY
    return _decoded(data, "utf-8")


def _decoded(data: bytes, encoding: str) -> tuple[str, OpaqueReason | None]:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode(encoding, errors="replace").replace("\0", "\ufffd"), OpaqueReason.NOT_UTF8
    return ("", OpaqueReason.BINARY) if "\0" in text else (text, None)


def read_source(path: Path) -> SourceFile:
    """The file as text. What is not text becomes an opaque step and never an exception."""
    data = read_bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    text, reason = decode(data)
    if reason is None:
        return SourceFile(path, text, digest)
    detail = "binary file" if reason is OpaqueReason.BINARY else "bytes that are not UTF-8 were replaced"
    return SourceFile(path, text, digest, (OpaqueStep(reason, detail, path),))


def list_folder(folder: Path) -> list[os.DirEntry[str]]:
    """The entries of a folder in byte order of their names.

    Raises:
        PathNotFoundError: when it is not there.
        UnreadableFileError: when it may not be listed.
    """
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=_name_in_bytes)
    except FileNotFoundError as error:
        raise PathNotFoundError(folder) from error
    except OSError as error:
        raise UnreadableFileError(folder, error.strerror or type(error).__name__) from error


def _name_in_bytes(entry: os.DirEntry[str]) -> bytes:
    return os.fsencode(entry.name)


def is_dir(entry: os.DirEntry[str]) -> bool:
    """Whether the entry is, or points to, a folder; a link that loops is not."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_file(entry: os.DirEntry[str]) -> bool:
    """Whether the entry is, or points to, a regular file; a link that loops is not."""
    try:
        return entry.is_file()
    except OSError:
        return False


def file_names(folder: Path, suffixes: Sequence[str] = (".sql",)) -> list[str]:
    """Names of the regular files directly in the folder with one of the suffixes, in byte order."""
    return [entry.name for entry in list_folder(folder) if entry.name.endswith(tuple(suffixes)) and is_file(entry)]


def walk(folder: Path, suffixes: Sequence[str], *, max_depth: int = _MAX_DEPTH) -> Iterator[Path]:
    """Files with one of the suffixes below the folder, each real folder visited once, whatever links point where."""
    seen: set[tuple[int, int]] = set()
    yield from _walk(folder, tuple(suffixes), max_depth, seen)


def _walk(folder: Path, suffixes: tuple[str, ...], depth: int, seen: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = folder.stat()
    except OSError:
        return
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    for entry in list_folder(folder):
        if is_dir(entry):
            if depth > 0 and entry.name not in _SKIPPED_FOLDERS:
                yield from _walk(folder / entry.name, suffixes, depth - 1, seen)
        elif entry.name.endswith(suffixes) and is_file(entry):
            yield folder / entry.name


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts `2_b` before `10_a`; digits sort as numbers and before letters."""
    pieces = re.split(r"([0-9]+)", name)
    return tuple((0, int(p), p) if p.isdecimal() and p.isascii() else (1, 0, p) for p in pieces if p)


def read_stable(folder: Path, read: Callable[[], T]) -> T:
    """What `read` returns, once the folder was the same before and after.

    A change is retried once. Sizes and modification times are compared, not contents.

    Raises:
        FolderChangedError: when it changed both times.
    """
    for _attempt in range(2):
        before = _fingerprint(folder)
        try:
            result = read()
        except PathNotFoundError:
            if folder.exists() and _fingerprint(folder) != before:
                continue
            raise
        if _fingerprint(folder) == before:
            return result
    raise FolderChangedError(folder)


def _fingerprint(folder: Path) -> list[tuple[str, int, int]]:
    """Path, modification time and size of every migration-like file below the folder; links are not followed."""
    marks: list[tuple[str, int, int]] = []
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in _SKIPPED_FOLDERS:
                            waiting.append(entry.path)
                    elif entry.name.endswith(_WATCHED_SUFFIXES):
                        status = entry.stat(follow_symlinks=False)
                        marks.append((entry.path, status.st_mtime_ns, status.st_size))
        except OSError:
            # What vanishes or is closed to us while we look shows as a difference, or when it is read.
            continue
    return sorted(marks)


def line_of(text: str, offset: int) -> int:
    """The line (from 1) of a character offset."""
    return text.count("\n", 0, offset) + 1
