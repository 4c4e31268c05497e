"""ACCESS EXCLUSIVE locks from the write-ahead log: the server lists them there for its standbys, short ones too."""

import struct
from collections.abc import Iterator

from psycopg import Connection

PAGE_BYTES = 8192
PAGE_HEADER_BYTES = 24
FIRST_PAGE_HEADER_BYTES = 40
RECORD_HEADER_BYTES = 24
STANDBY_MANAGER = 8
LOCK_RECORD = 0x00
SHORT_DATA, LONG_DATA, ORIGIN, TOP_XID = 255, 254, 253, 252
INFO_MASK = 0xF0

SEGMENT = """
select pg_catalog.pg_read_binary_file('pg_wal/' || pg_catalog.pg_walfile_name(%s::pg_lsn), %s, %s)
"""


def position(connection: Connection) -> int:
    """Return where the log ends now."""
    row = connection.execute("select pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
    assert row is not None
    return int(row[0])


def access_exclusive_since(connection: Connection, start: int) -> set[int]:
    """Return the OIDs of the relations on which anyone took an ACCESS EXCLUSIVE lock since that position."""
    end = position(connection)
    # A transactional message makes the server write the log out up to here.
    connection.execute("select pg_catalog.pg_logical_emit_message(true, 'oracle', '')")
    stream = b"".join(_pages(connection, start, end))
    return {oid for record in _records(stream) for oid in _locked(record)}


def _pages(connection: Connection, start: int, end: int) -> Iterator[bytes]:
    """Yield the log without its page headers, page by page."""
    row = connection.execute("select setting::int8 from pg_catalog.pg_settings where name = 'wal_segment_size'").fetchone()
    assert row is not None
    segment_bytes = int(row[0])
    at = start
    while at < end:
        stop = min(end, (at // PAGE_BYTES + 1) * PAGE_BYTES)
        if at % PAGE_BYTES == 0:
            at += FIRST_PAGE_HEADER_BYTES if at % segment_bytes == 0 else PAGE_HEADER_BYTES
        if at < stop:
            # The name of a segment is asked for a byte inside it: at its very start it would be the one before.
            lsn = f"{(at + 1) >> 32:X}/{(at + 1) & 0xFFFFFFFF:X}"
            page = connection.execute(SEGMENT, (lsn, at % segment_bytes, stop - at)).fetchone()
            assert page is not None
            yield bytes(page[0])
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
        _, _, oid = struct.unpack_from("<III", data, 4 + 12 * index)
        yield oid


def _main_data(record: bytes) -> bytes:
    at = RECORD_HEADER_BYTES
    while True:
        match record[at]:
            case 255:
                return record[at + 2 :]
            case 254:
                return record[at + 5 :]
            case 253:
                at += 3
            case 252:
                at += 5
            case other:
                raise AssertionError(f"unexpected part {other} in a lock record")
