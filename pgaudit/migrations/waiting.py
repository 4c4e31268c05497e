"""What a lock or a CONCURRENTLY would wait for if it came when the database was looked at.

These are facts of the moment: they are told with their age, and no verdict is made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from migrations_safety.effects.model import Wait
from probes.catalog.catalog import Catalog
from probes.catalog.locks import LockMode, mode_of_server_name
from probes.catalog.rows import Lock, PreparedTransaction, ReplicationSlot, Row, Session

RowT = TypeVar("RowT", bound=Row)

_TOLD_SECONDS = 1.0
"""Younger transactions end before a deploy gets there."""
_MODES = frozenset(mode.server_name for mode in LockMode)


class Moment(msgspec.Struct, frozen=True):
    """What was open in the database when it was looked at. None where it could not be seen."""

    taken_at: float
    """Seconds since 1970."""
    oldest_transaction_seconds: float | None
    """Of a session of this database; 0 where none was open."""
    prepared_transactions: int | None
    oldest_prepared_seconds: float | None
    slots_with_xmin: int | None
    """Replication slots that keep dead rows: no lock waits for them, but a rewrite copies what they keep."""
    oldest_slot_age_xids: int | None
    unseen: tuple[str, ...]
    """Why something is None, and what privilege would show it."""


def moment_of(catalog: Catalog) -> Moment:
    """What was open then."""
    here = catalog.server.database
    sessions = _rows(catalog, Session)
    prepared = _rows(catalog, PreparedTransaction)
    slots = _rows(catalog, ReplicationSlot)
    ages = [row.transaction_age_seconds or 0.0 for row in sessions or () if row.database == here]
    prepared_ages = [row.age_seconds for row in prepared or () if row.database == here]
    kept = [age for row in slots or () if (age := _slot_age_xids(row)) is not None]
    return Moment(
        taken_at=catalog.server.collected_at,
        oldest_transaction_seconds=None if sessions is None else max(ages, default=0.0),
        prepared_transactions=None if prepared is None else len(prepared_ages),
        oldest_prepared_seconds=max(prepared_ages, default=None),
        slots_with_xmin=None if slots is None else len(kept),
        oldest_slot_age_xids=max(kept, default=None),
        unseen=tuple(_unseen(catalog, sessions)),
    )


def waits_for(
    catalog: Catalog, mode: LockMode | None, tables: Iterable[int], waits: tuple[Wait, ...]
) -> tuple[str, ...]:
    """What stood in the way then, in words: locks in conflict, transactions that CONCURRENTLY waits for.

    Args:
        catalog: The database when it was looked at.
        mode: The strongest lock asked for; None where it is not known.
        tables: Those to be locked, leaves of partitioned ones too.
        waits: What the statement waits for besides.
    """
    found = list(_locks_in_the_way(catalog, mode, frozenset(tables)))
    if waits:
        found += _open_transactions(catalog, takes_snapshots=Wait.OLD_TRANSACTIONS in waits)
    return tuple(found)


def _locks_in_the_way(catalog: Catalog, mode: LockMode | None, tables: frozenset[int]) -> Iterator[str]:
    if mode is None:
        return
    held: dict[str, int] = {}
    for row in _rows(catalog, Lock) or ():
        if row.relation in tables and row.granted and row.mode in _MODES:
            other = mode_of_server_name(row.mode)
            if mode.conflicts_with(other):
                held[other.value] = held.get(other.value, 0) + row.count
    for name, count in held.items():
        yield f"{count} {'lock' if count == 1 else 'locks'} in conflict, {name}"


def _open_transactions(catalog: Catalog, *, takes_snapshots: bool) -> Iterator[str]:
    here = catalog.server.database
    in_the_way = [
        (row.transaction_age_seconds or 0.0, row.state or "state not visible")
        for row in _rows(catalog, Session) or ()
        if row.database == here and (row.xmin_age_xids is not None or not takes_snapshots)
    ]
    age_seconds, state = max(in_the_way, default=(0.0, ""))
    if age_seconds >= _TOLD_SECONDS:
        yield f"a transaction open for {age_seconds:,.0f} s ({state})"
    ages = [row.age_seconds for row in _rows(catalog, PreparedTransaction) or () if row.database == here]
    if ages:
        yield f"{len(ages)} prepared, the oldest {max(ages):,.0f} s old, if they have used the table"


def _slot_age_xids(row: ReplicationSlot) -> int | None:
    ages = [age for age in (row.xmin_age_xids, row.catalog_xmin_age_xids) if age is not None]
    return max(ages, default=None)


def _rows(catalog: Catalog, row_type: type[RowT]) -> tuple[RowT, ...] | None:
    return None if catalog.absent(row_type) else catalog.rows(row_type)


def _unseen(catalog: Catalog, sessions: tuple[Session, ...] | None) -> Iterator[str]:
    for row_type in (Session, PreparedTransaction, ReplicationSlot, Lock):
        absent = catalog.absent(row_type)
        if absent:
            yield f"{row_type.area}: {absent.reason}{f' (needs {absent.needs})' if absent.needs else ''}"
    hidden = sum(not row.visible for row in sessions or ())
    if hidden:
        yield f"transactions of {hidden} sessions of other roles (needs pg_read_all_stats)"
