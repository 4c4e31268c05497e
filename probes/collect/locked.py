"""Which relations others have locked: asked when one of their locks has kept us waiting, so that no second one does."""

from __future__ import annotations

from probes.catalog.locks import LockMode
from probes.catalog.rows import Lock
from probes.collect.build import Raw
from probes.collect.queries import query
from probes.collect.session import QueryRefusedError, Session


def locked_relations(session: Session, ours: LockMode) -> frozenset[int]:
    """The oids of relations that other sessions hold, or wait for, in a mode that a lock of ours would wait behind.

    Empty where the server does not say. Needs a transaction.

    Args:
        session: An open session.
        ours: The mode of our lock.
    """
    try:
        text = query(Lock.area, session.connection.info.server_version // 10000)
        raw = Raw(*session.query(text, counted=False))
    except QueryRefusedError:
        return frozenset()
    bars = {mode.server_name for mode in LockMode if mode.conflicts_with(ours)}
    locks = zip(raw.column("relation"), raw.column("mode"), strict=True)
    return frozenset(relation for relation, mode in locks if mode in bars)
