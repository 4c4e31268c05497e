"""A statement as it is, with a limit on how long others queue behind it."""

from __future__ import annotations

from migrations_safety.rewrites.clauses import can_be_cut, sql_of
from migrations_safety.rewrites.model import Rewrite, RewriteStep
from migrations_safety.timeline import Step


def under_timeout(step: Step) -> Rewrite | None:
    """The statement under a lock_timeout: all that can be done where its lock is short and has no weaker form."""
    if not can_be_cut(step):
        return None
    statement = sql_of(step).strip().rstrip(";")
    return Rewrite((RewriteStep(statement),), note="try again where the lock_timeout strikes")
