"""What a statement does to relations: locks, rewrites, scans, index builds, waits, refusals.

`effects` predicts; `tests/migrations_safety/oracle` holds it to what servers of every major did.
"""

from migrations_safety.effects.model import (
    ALWAYS,
    Always,
    Conditional,
    Effects,
    Lock,
    Reason,
    Refusal,
    RelationRef,
    Role,
    Wait,
    When,
    Work,
)

__all__ = [
    "ALWAYS",
    "Always",
    "Conditional",
    "Effects",
    "Lock",
    "Reason",
    "Refusal",
    "RelationRef",
    "Role",
    "Wait",
    "When",
    "Work",
]
