"""What a check says: observed faults, and findings once they are graded and have an identity."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping

import msgspec

EvidenceValue = str | int | float | bool | None | tuple[str, ...]
Evidence = Mapping[str, EvidenceValue]
"""Numbers and names behind a claim. A key carries its unit: `table_bytes`, `age_xids`, `dead_tuple_ratio`."""


@enum.unique
class Severity(enum.Enum):
    """How bad it is if the finding is right."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """4 for critical down to 0 for info."""
        return _RANKS[self]

    def at_least(self, other: Severity) -> bool:
        """Whether it is as bad as `other` or worse."""
        return self.rank >= other.rank


_RANKS = {severity: rank for rank, severity in enumerate(reversed(Severity))}


@enum.unique
class Confidence(enum.Enum):
    """How sure the check is that the finding is right."""

    HIGH = "high"
    """Read from the catalog; nothing was estimated."""
    MEDIUM = "medium"
    """Rests on an estimate or on counters that are old enough."""
    LOW = "low"
    """Inferred from names or habits."""


class ObjectRef(msgspec.Struct, frozen=True, gc=False):
    """The one object a finding is about. Names are bare and unquoted; `table` is for objects that live on a table."""

    kind: str
    """In the manual's words: table, partitioned table, index, constraint, column, policy, function, role ..."""
    name: str
    schema: str | None = None
    table: str | None = None
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ".".join(part for part in (self.schema, self.table, self.name) if part)


class Fix(msgspec.Struct, frozen=True, gc=False):
    """SQL that makes the finding disappear, and what it changes beside that."""

    sql: tuple[str, ...]
    """Statements in order, without trailing semicolons."""
    changes: tuple[str, ...]
    """Areas (`pg_index` ...) whose rows may differ afterwards. Everything else must be as before, and no row lost."""
    transactional: bool = True
    """False where a statement refuses to run inside a transaction block."""
    note: str | None = None
    """What to look at before running it."""


class Advice(msgspec.Struct, frozen=True, gc=False):
    """What to do where no SQL can be written for the user, and why it cannot."""

    text: str


Remedy = Fix | Advice


class Observed(msgspec.Struct, frozen=True, gc=False):
    """What a check yields: a fault of one object, not yet graded."""

    object: ObjectRef
    message: str
    evidence: Evidence
    remedy: Remedy
    severity: Severity | None = None
    """Where this case is worse or milder than the check's default."""
    confidence: Confidence | None = None
    key: tuple[str, ...] = ()
    """What tells two findings of one check on one object apart, such as a setting's name. Never a number that moves."""


class Suppression(msgspec.Struct, frozen=True, gc=False):
    """Why a finding is not held against the database."""

    reason: str
    source: str
    """`configuration`, `comment` or `baseline`."""
    expires: str | None = None
    """ISO date, or None for never."""


class Finding(msgspec.Struct, frozen=True, gc=False):
    """A graded fault with an identity that lasts from night to night."""

    id: str
    check: str
    severity: Severity
    confidence: Confidence
    object: ObjectRef
    message: str
    evidence: Evidence
    fix: Fix | None
    advice: str | None
    suppressed: Suppression | None = None


class Skip(msgspec.Struct, frozen=True, gc=False):
    """A check, or one object of it, that was not checked. That is never the same as clean."""

    check: str
    reason: str
    needs: str | None = None
    """The privilege, extension, version or age that would let it run."""
    object: ObjectRef | None = None


class Failure(msgspec.Struct, frozen=True, gc=False):
    """A check that broke. The rest of the run is not touched by it."""

    check: str
    error: str


def fingerprint(check: str, subject: ObjectRef, key: tuple[str, ...] = ()) -> str:
    """The identity of a finding: stable under oids, sizes, hosts, ordering of columns and wording of messages.

    Args:
        check: Check id, such as `indexes/duplicate`.
        subject: The object.
        key: What else tells two findings on the object apart.
    """
    parts = [check, subject.kind, subject.schema or "", subject.table or "", subject.name]
    parts += ["columns", *sorted(subject.columns), "key", *key]
    digest = hashlib.sha256("\x1f".join(part.replace("\x1f", "\x1f\x1f") for part in parts).encode("utf-8", "replace"))
    return f"v1:{digest.hexdigest()[:32]}"
