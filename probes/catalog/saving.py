"""A catalog in one file: to be audited elsewhere, compared with last night's, or handed to a gate without a password.

The file is a line of ASCII that names the format and its version, then a gzip stream of msgpack frames, each behind its
length: a header, one frame an area, and an end frame with the number of areas, so that a cut file is recognised.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import msgspec

from probes.catalog.catalog import Absent, Catalog
from probes.catalog.rows import ROW_TYPES, Row
from probes.catalog.server import Server

FORMAT_VERSION = 1
_MAGIC = b"pgaudit-snapshot/"
_LENGTH_BYTES = 8
_PIECE_BYTES = 16 * 2**20
_COMPRESSION_LEVEL = 3
_TYPES = {row_type.area: row_type for row_type in ROW_TYPES}


class SnapshotError(Exception):
    """The file is not a whole snapshot of ours; the message says in which way."""


class NewerSnapshotError(SnapshotError):
    """The file was written by a newer pgaudit."""

    def __init__(self, found: int) -> None:
        self.found = found
        super().__init__(f"it has format {found}, this pgaudit reads up to {FORMAT_VERSION}")


class _Header(msgspec.Struct):
    server: Server
    attachments: dict[str, bytes] = {}


class _Area(msgspec.Struct, array_like=True):
    name: str
    fields: tuple[str, ...]
    absent: Absent | None
    rows: msgspec.Raw


def save(catalog: Catalog, path: Path, attachments: Mapping[str, bytes] | None = None) -> None:
    """Write the catalog to `path`, readable by its owner only; an existing file is replaced in one step or not at all.

    Args:
        catalog: What to save.
        path: Where to.
        attachments: Other material that travels along, such as the rows of migration state tables.

    Raises:
        OSError: The file cannot be written.
    """
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "wb") as file:
            _write(file, catalog, dict(attachments or {}))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def load(path: Path) -> tuple[Catalog, dict[str, bytes]]:
    """The catalog in a file and what travelled along.

    Raises:
        OSError: The file cannot be read.
        NewerSnapshotError: It needs a newer pgaudit.
        SnapshotError: It is no snapshot, cut short, or damaged.
    """
    with path.open("rb") as file:
        _check_magic(file)
        try:
            frames = _frames(file)
            header = msgspec.msgpack.decode(next(frames), type=_Header)
            areas = dict(_read_areas(frames))
        except (EOFError, StopIteration) as error:
            raise SnapshotError("it ends too early") from error
        except (OSError, zlib.error, msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise SnapshotError(f"it is damaged ({type(error).__name__})") from error
    return Catalog(header.server, areas), header.attachments


def _write(file: IO[bytes], catalog: Catalog, attachments: dict[str, bytes]) -> None:
    file.write(_MAGIC + str(FORMAT_VERSION).encode() + b"\n")
    encode = msgspec.msgpack.Encoder().encode
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_COMPRESSION_LEVEL, mtime=0) as stream:
        _write_frame(stream, encode(_Header(catalog.server, attachments)))
        count = 0
        for row_type, rows in catalog.areas():
            count += 1
            absent = rows if isinstance(rows, Absent) else None
            raw = msgspec.Raw(encode(() if isinstance(rows, Absent) else rows))
            _write_frame(stream, encode(_Area(row_type.area, row_type.__struct_fields__, absent, raw)))
        _write_frame(stream, encode(count))


def _write_frame(stream: gzip.GzipFile, frame: bytes) -> None:
    stream.write(len(frame).to_bytes(_LENGTH_BYTES, "big"))
    stream.write(frame)


def _check_magic(file: IO[bytes]) -> None:
    line = file.readline(64)
    version = line.removeprefix(_MAGIC).strip()
    if not line.startswith(_MAGIC) or not version.isdigit():
        raise SnapshotError("it is not a pgaudit snapshot")
    if int(version) > FORMAT_VERSION:
        raise NewerSnapshotError(int(version))


def _frames(file: IO[bytes]) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=file, mode="rb") as stream:
        while length := stream.read(_LENGTH_BYTES):
            size = int.from_bytes(length, "big")
            yield _read_exactly(stream, size)


def _read_exactly(stream: gzip.GzipFile, size: int) -> bytes:
    """So many bytes, read in pieces: a damaged length must not reserve the memory it names."""
    frame = bytearray()
    while missing := size - len(frame):
        piece = stream.read(min(missing, _PIECE_BYTES))
        if not piece:
            raise EOFError
        frame += piece
    return bytes(frame)


def _read_areas(frames: Iterator[bytes]) -> Iterator[tuple[type[Row], tuple[Row, ...] | Absent]]:
    for seen, frame in enumerate(frames):
        if (end := _end_of(frame)) is not None:
            if end != seen:
                raise EOFError
            if next(frames, None) is not None:  # reading on to the end is also what verifies the checksum
                raise ValueError("more follows the end")
            return
        area = msgspec.msgpack.decode(frame, type=_Area)
        row_type = _TYPES.get(area.name)
        if row_type is not None:  # an area that we no longer collect is passed over
            yield row_type, _rows(row_type, area)
    raise EOFError


def _end_of(frame: bytes) -> int | None:
    """The number of areas in an end frame; None for an area, which is an array."""
    value: Any = msgspec.msgpack.decode(frame) if len(frame) <= _LENGTH_BYTES else None
    return value if isinstance(value, int) else None


def _rows(row_type: type[Row], area: _Area) -> tuple[Row, ...] | Absent:
    if area.absent is not None:
        return area.absent
    if area.fields != row_type.__struct_fields__:
        raise SnapshotError(f"its {area.name} has other fields than this pgaudit reads: take the snapshot again")
    return msgspec.msgpack.decode(area.rows, type=tuple[row_type, ...])  # type: ignore[valid-type]
