"""Timeouts in force: their values in milliseconds, and what waits under them."""

from __future__ import annotations

import re

from migrations_safety.effects.model import Lock, Role
from migrations_safety.rules._judging import blocking
from migrations_safety.timeline import Step
from probes.sql.tree.utility import Lock as LockTable

LONGEST_WAIT_MS = 60_000
"""A wait for a lock that is longer than this is an outage, whatever ends it."""
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_VALUE = re.compile(rf"\s*({_NUMBER})\s*(us|ms|s|min|h|d)?\s*\Z")
_MOST_MS = 2**31 - 1
_UNITS_MS = {"us": 0.001, "ms": 1, None: 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


def milliseconds(value: str) -> int | None:
    """A timeout's value as SET takes it; a number without a unit is milliseconds. None where the server refuses it."""
    found = _VALUE.match(value)
    length_ms = -1 if found is None else round(float(found[1]) * _UNITS_MS[found[2]])
    return length_ms if 0 <= length_ms <= _MOST_MS else None


def in_force_ms(step: Step, name: str) -> int:
    """The timeout in milliseconds; 0 where none is known to be in force."""
    value = step.settings.get(name) if step.settings else None
    return (milliseconds(value.strip()) or 0) if value else 0


def waited_for(step: Step) -> list[Lock]:
    """Locks behind which readers or writers queue while the statement waits; those already held are not waited for."""
    if step.effects.is_refused or (isinstance(step.tree, LockTable) and step.tree.nowait):
        return []
    found = blocking(step)
    if found and step.held:
        held = {one.lock.relation: one.lock.mode.strength for one in step.held}
        found = [lock for lock in found if held.get(lock.relation, 0) < lock.mode.strength]
    if step.effects.waits:  # a concurrent statement locks an index when nobody uses it any more
        return [lock for lock in found if lock.role is not Role.INDEX]
    return found
