"""The eight table-level lock modes and their conflict table (manual, Explicit Locking, Table-Level Locks)."""

from __future__ import annotations

import enum


@enum.unique
class LockMode(enum.Enum):
    """A lock mode, written as the manual writes it. Ordered by strength as the server numbers them."""

    ACCESS_SHARE = "ACCESS SHARE"
    ROW_SHARE = "ROW SHARE"
    ROW_EXCLUSIVE = "ROW EXCLUSIVE"
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
    SHARE = "SHARE"
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
    EXCLUSIVE = "EXCLUSIVE"
    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"

    __hash__ = object.__hash__  # by identity, in C: conflicts are asked at every statement of a migration

    @property
    def strength(self) -> int:
        """1 for ACCESS SHARE up to 8 for ACCESS EXCLUSIVE, the numbers of lockdefs.h."""
        return _STRENGTH[self]

    @property
    def server_name(self) -> str:
        """The name in pg_locks.mode, such as `AccessExclusiveLock`."""
        return "".join(word.capitalize() for word in self.value.split()) + "Lock"

    def conflicts_with(self, other: LockMode) -> bool:
        """Whether two transactions cannot hold these modes on one relation at once."""
        return other in _CONFLICTS[self]

    @property
    def blocks_reads(self) -> bool:
        """Whether a plain SELECT waits."""
        return self.conflicts_with(LockMode.ACCESS_SHARE)

    @property
    def blocks_writes(self) -> bool:
        """Whether INSERT, UPDATE and DELETE wait."""
        return self.conflicts_with(LockMode.ROW_EXCLUSIVE)


_STRENGTH = {mode: number for number, mode in enumerate(LockMode, start=1)}

_S, _RS, _RE, _SUE, _SH, _SRE, _E, _AE = LockMode

_CONFLICTS: dict[LockMode, frozenset[LockMode]] = {
    _S: frozenset({_AE}),
    _RS: frozenset({_E, _AE}),
    _RE: frozenset({_SH, _SRE, _E, _AE}),
    _SUE: frozenset({_SUE, _SH, _SRE, _E, _AE}),
    _SH: frozenset({_RE, _SUE, _SRE, _E, _AE}),
    _SRE: frozenset({_RE, _SUE, _SH, _SRE, _E, _AE}),
    _E: frozenset({_RS, _RE, _SUE, _SH, _SRE, _E, _AE}),
    _AE: frozenset({_S, _RS, _RE, _SUE, _SH, _SRE, _E, _AE}),
}


def mode_of_server_name(name: str) -> LockMode:
    """The mode that pg_locks calls `name`. Raises KeyError for modes that are not table-level."""
    return _BY_SERVER_NAME[name]


_BY_SERVER_NAME = {mode.server_name: mode for mode in LockMode}
