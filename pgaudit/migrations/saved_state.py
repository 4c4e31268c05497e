"""The migration tools' own tables, as they travel in a snapshot."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pgaudit.migrations.sources.state_reader import StateReport, read_state
from pgaudit.server.connect import connect
from pgaudit.server.database_target import Target

MIGRATIONS = "migrations"


def migration_state(target: Target, connect_timeout_s: int) -> bytes:
    """What every recognised state table of the database says, encoded. Raises the errors of connecting."""
    with connect(target, connect_timeout_s=connect_timeout_s) as connection:
        return msgspec.msgpack.encode(read_state(connection))


def saved_state(attachments: Mapping[str, bytes]) -> StateReport | None:
    """The state that was saved with a snapshot; None where it was not."""
    saved = attachments.get(MIGRATIONS)
    return msgspec.msgpack.decode(saved, type=StateReport) if saved else None
