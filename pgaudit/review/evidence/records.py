"""What evidence is made of: records with lasting ids, and the pack that holds them."""

from __future__ import annotations

import enum
import functools
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from pgaudit.reports.contract import ReportTarget, Tool
from probes.finding import Confidence, Evidence, ObjectRef, Severity

SCHEMA = "pgaudit-evidence/1"
_ID_DIGITS = 10


@enum.unique
class RecordKind(enum.Enum):
    """What a record testifies."""

    FINDING = "finding"
    """A check found a fault."""
    NEGATIVE = "negative"
    """A check ran over everything and found nothing."""
    SKIP = "skip"
    """A check, or one object of it, could not be looked at: neither clean nor at fault."""
    INVENTORY = "inventory"
    """What is there: counts, sizes, settings."""
    QUERY = "query"
    """A statement of the workload with its measured times."""
    PLAN = "plan"
    """What the planner said of a statement in a copy that synthetic rows fill: never measured on real ones."""
    PROPOSAL = "proposal"
    """What the gate says of SQL that is proposed."""
    RELATED = "related"
    """What was seen of a second database that is linked by ids alone."""
    CONTEXT = "context"
    """What people stated, or what was inferred for them, in the context file."""
    MISSING = "missing"
    """An input that a part of the review needs and that nobody gave."""
    EARLIER = "earlier"
    """How an issue of an earlier review stands now."""


@enum.unique
class Trust(enum.Enum):
    """Where the words of a record come from."""

    CATALOG = "catalog"
    """Names and numbers read from the server, sentences of ours around them."""
    UNTRUSTED_TEXT = "untrusted text"
    """It carries text that users of the database wrote, such as a query."""
    STATED = "stated"
    """Written by people for this review."""
    INFERRED = "inferred"
    """Guessed from names and counts."""


class LockEstimate(msgspec.Struct, frozen=True):
    """A lock that proposed SQL takes on one relation, and for how long that is estimated to be."""

    relation: str
    mode: str
    relation_bytes: int
    work: str
    """`rewrite`, `scan`, `index build`, or empty where only the catalog changes."""
    held_seconds: float
    """An estimate from the size; waiting for the lock comes on top."""


@enum.unique
class Badge(enum.Enum):
    """How far a proposed change was proved."""

    PROVEN = "PROVEN"
    """It ran in a copy of the structure, the finding was gone, and nothing else changed."""
    APPLIES = "APPLIES"
    """It ran there, but the check reads what a copy does not have, so its silence proves nothing."""
    UNPROVEN = "UNPROVEN"
    """It was not run; the reason says why."""
    REJECTED = "REJECTED"
    """It failed, or changed what it must not."""


class GateVerdict(msgspec.Struct, frozen=True):
    """What the gate for migrations says of a change. The lists hold names of relations."""

    locks: tuple[str, ...] = ()
    """`ACCESS EXCLUSIVE on app.orders`."""
    rewrites: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    """Severity and rule: `high: set-not-null`."""
    blocks: bool = False
    """Whether a migration with these statements would be stopped."""


class Proof(msgspec.Struct, frozen=True):
    """A badge, the reason for it, and what the gate says."""

    badge: Badge
    reason: str
    gate: GateVerdict | None = None
    """Null where the gate was not asked."""


NOT_PROVED = Proof(Badge.UNPROVEN, "no shadow database was built")


class ProposedChange(msgspec.Struct, frozen=True):
    """SQL that mends what a record says, in order, with what it locks."""

    sql: tuple[str, ...]
    transactional: bool = True
    note: str | None = None
    locks: tuple[LockEstimate, ...] = ()
    locks_known: bool = False
    """False where the effects could not be predicted."""
    rollback: tuple[str, ...] = ()
    """Statements that undo it; empty where nothing can, or nothing is known to."""
    proof: Proof = NOT_PROVED
    also_changes: tuple[str, ...] = ()
    """Areas (`pg_policy` ...) whose rows may differ afterwards, beside what the check's own fix declares."""
    rests_on: tuple[str, ...] = ()
    """Ids of other records that it was written after: a policy worded as others are."""


class Record(msgspec.Struct, frozen=True):
    """One piece of evidence. Keys of `facts` carry their unit: `table_bytes`, `mean_ms`."""

    id: str
    kind: RecordKind
    topic: str
    """A check's id, a rule's id, or the name of what was counted."""
    title: str
    says: str
    """The sentence."""
    facts: Evidence = {}
    severity: Severity | None = None
    confidence: Confidence | None = None
    object: ObjectRef | None = None
    trust: Trust = Trust.CATALOG
    needs: str | None = None
    """What would have to be given or granted."""
    why: str | None = None
    """Why it matters, from the check's page."""
    harmless: str | None = None
    """When it does not matter, from the check's page."""
    remedy: str | None = None
    """How to mend it safely, from the check's page."""
    advice: str | None = None
    change: ProposedChange | None = None
    finding: str | None = None
    """Fingerprint of the finding in the scan's report."""
    accepted: str | None = None
    """Why somebody accepted it; it is then not held against the database."""


class LeftOut(msgspec.Struct, frozen=True):
    """Records that did not fit, and why."""

    topic: str
    count: int
    reason: str


class Pack(msgspec.Struct, frozen=True):
    """All evidence of one review."""

    schema: str
    tool: Tool
    target: ReportTarget
    taken_at: str
    records: tuple[Record, ...]
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def of(self, *kinds: RecordKind) -> Iterator[Record]:
        """Records of these kinds."""
        return (record for record in self.records if record.kind in kinds)

    def topic(self, topic: str) -> Record | None:
        """The first record of a topic."""
        return next((record for record in self.records if record.topic == topic), None)

    def topics(self, *prefixes: str) -> Iterator[Record]:
        """Records whose topic begins with one of the prefixes."""
        return (record for record in self.records if record.topic.startswith(prefixes))

    def ids(self) -> frozenset[str]:
        """Ids of all records."""
        return frozenset(record.id for record in self.records)

    def without(self, record_id: str) -> Pack:
        """The same pack without one record."""
        return msgspec.structs.replace(self, records=tuple(one for one in self.records if one.id != record_id))


def record_id(kind: RecordKind, topic: str, subject: ObjectRef | None = None, key: Iterable[str] = ()) -> str:
    """An id that lasts from night to night: made of what is looked at and never of what was measured.

    >>> record_id(RecordKind.NEGATIVE, "indexes/duplicate")
    'indexes/duplicate:negative'
    """
    parts = [part for part in _identity(subject) if part] if subject else []
    parts += list(key)
    if not parts:
        return f"{topic}:{kind.value}"
    digest = hashlib.sha256("\x1f".join([kind.value, *parts]).encode("utf-8", "replace")).hexdigest()
    return f"{topic}:{digest[:_ID_DIGITS]}"


def _identity(subject: ObjectRef) -> list[str]:
    return [subject.kind, subject.schema or "", subject.table or "", subject.name, *sorted(subject.columns)]


def digest(pack: Pack) -> str:
    """A hash of all records: the same evidence gives the same, whenever and by whom it was taken."""
    return hashlib.sha256(msgspec.json.encode(pack.records, order="deterministic")).hexdigest()


def to_json(pack: Pack) -> str:
    """The pack as JSON, indented, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(pack), indent=2).decode() + "\n"


def from_json(text: str | bytes) -> Pack:
    """A pack read back. Raises msgspec.MsgspecError where it is none."""
    return msgspec.json.decode(text, type=Pack)


@functools.cache
def json_schema() -> dict[str, Any]:
    """The JSON Schema of a pack."""
    return msgspec.json.schema(Pack)
