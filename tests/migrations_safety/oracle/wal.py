"""ACCESS EXCLUSIVE locks from the write-ahead log: the server lists them there for its standbys, short ones too."""

import struct
from collections.abc import Iterator

from psycopg import Connection

SEGMENT_BYTES = 16 * 1024 * 1024
PAGE_BYTES = 8192
PAGE_HEADER_BYTES = 24
FIRST_PAGE_HEADER_BYTES = 40
RECORD_HEADER_BYTES = 24
STANDBY_MANAGER = 8
LOCK_RECORD = 0x00
INFO_MASK = 0xF0
ENTRY_BYTES = 12
SHORT_DATA, LONG_DATA, ORIGIN, TOP_TRANSACTION = 255, 254, 253, 252
PART_BYTES = {ORIGIN: 3, TOP_TRANSACTION: 5}

POSITION = "select pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_catalog.pg_lsn"

FLUSH = "select pg_catalog.pg_logical_emit_message(true, 'oracle', '')"
"""A transactional message: its commit writes the log out."""

READ = "select pg_catalog.pg_read_binary_file('pg_wal/' || pg_catalog.pg_walfile_name(%s::pg_catalog.pg_lsn), %s, %s)"


def position(connection: Connection) -> int:
    """Return where the log ends now, in bytes from its beginning."""
    row = connection.execute(POSITION).fetchone()
    assert row is not None
    return int(row[0])


def access_exclusive_since(connection: Connection, start: int) -> set[int]:
    """Return the OIDs of the relations on which anyone took an ACCESS EXCLUSIVE lock since that position."""
    end = position(connection)
    connection.execute(FLUSH)
    stream = b"".join(_without_headers(_log(connection, start, end), start))
    return {oid for record in _records(stream) for oid in _locked(record)}


def _log(connection: Connection, start: int, end: int) -> bytes:
    """Return the bytes of the log, which may span segments."""
    parts: list[bytes] = []
    while start < end:
        stop = min(end, (start // SEGMENT_BYTES + 1) * SEGMENT_BYTES)
        # A segment is asked for by a byte inside it: at its very start the server would name the one before.
        inside = start + 1
        lsn = f"{inside >> 32:X}/{inside & 0xFFFFFFFF:X}"
        row = connection.execute(READ, (lsn, start % SEGMENT_BYTES, stop - start)).fetchone()
        assert row is not None
        parts.append(bytes(row[0]))
        start = stop
    return b"".join(parts)


def _without_headers(log: bytes, start: int) -> Iterator[bytes]:
    """Yield what the pages hold after their headers."""
    at = start
    end = start + len(log)
    while at < end:
        stop = min(end, (at // PAGE_BYTES + 1) * PAGE_BYTES)
        header = 0
        if at % PAGE_BYTES == 0:
            header = FIRST_PAGE_HEADER_BYTES if at % SEGMENT_BYTES == 0 else PAGE_HEADER_BYTES
        yield log[at + header - start : stop - start]
        at = stop


def _records(stream: bytes) -> Iterator[bytes]:
    at = 0
    while at + RECORD_HEADER_BYTES <= len(stream):
        (length,) = struct.unpack_from("<I", stream, at)
        if length == 0:
            return
        yield stream[at : at + length]
        at += (length + 7) // 8 * 8


def _locked(record: bytes) -> Iterator[int]:
    if record[17] != STANDBY_MANAGER or record[16] & INFO_MASK != LOCK_RECORD:
        return
    data = _main_data(record)
    (count,) = struct.unpack_from("<i", data, 0)
    for index in range(count):
        _, _, oid = struct.unpack_from("<III", data, 4 + ENTRY_BYTES * index)
        yield oid


def _main_data(record: bytes) -> bytes:
    at = RECORD_HEADER_BYTES
    while record[at] in PART_BYTES:
        at += PART_BYTES[record[at]]
    return record[at + (2 if record[at] == SHORT_DATA else 5) :]
