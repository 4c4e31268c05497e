"""Columns that get another type, and what their table is put through for it."""

from __future__ import annotations

import enum
from collections.abc import Iterator

from migrations_safety.effects.model import Effects, Role
from migrations_safety.rules._judging import blocked_by_work
from migrations_safety.rules._locking import without_roles, working
from migrations_safety.timeline import Step
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTableCommand


@enum.unique
class Toll(enum.Enum):
    """The heaviest thing that is done to the table."""

    REWRITE = enum.auto()
    INDEX_BUILD = enum.auto()
    SCAN = enum.auto()


def retyped(step: Step, toll: Toll) -> Iterator[tuple[AlterTableCommand, Effects]]:
    """Type changes for which the table itself is put through this, with their effects but for those on partners."""
    for command, effects in working(step, AlterTableType.ALTER_COLUMN_TYPE):
        own = without_roles(effects, Role.FOREIGN_KEY_PARTNER)
        if blocked_by_work(step, own) and _toll(own) is toll:
            yield command, own


def _toll(effects: Effects) -> Toll:
    if effects.rewrites:
        return Toll.REWRITE
    return Toll.INDEX_BUILD if effects.index_builds else Toll.SCAN
