"""What a statement does, as values: locks with their reasons, work proportional to a table, waits, refusals."""

from __future__ import annotations

import enum
from typing import TypeAlias

import msgspec

from probes.catalog.locks import LockMode


class RelationRef(msgspec.Struct, frozen=True, gc=False):
    """A relation that a statement touches, by the name it has before the statement."""

    schema: str | None
    """None where no catalog could say which schema an unqualified name is in; `pg_temp` for temporary relations."""
    name: str
    kind: str | None = None
    """pg_class.relkind; None where it is not known."""
    oid: int = 0
    """0 where it is not known, negative for relations that earlier statements of the script made."""
    is_new: bool = False
    """Made earlier in the transaction that is running: no other session can see it."""
    is_described: bool = False
    """There is no catalog to name it by: `name` says in words which relation it is."""

    @property
    def qualified_name(self) -> str:
        """`schema.name` without quotes, or the bare name where the schema is not known."""
        return self.name if self.schema is None else f"{self.schema}.{self.name}"


class Role(enum.Enum):
    """Why a relation is touched."""

    TARGET = "target"
    INDEX = "index"
    FOREIGN_KEY_PARTNER = "foreign-key partner"
    PARTITION = "partition"
    PARENT = "parent"
    DEFAULT_PARTITION = "default partition"
    CHILD = "inheritance child"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    SEQUENCE = "sequence"
    DOMAIN_USER = "domain user"
    TYPE_USER = "type user"
    CASCADE = "cascade"
    SOURCE = "source"
    """Read by the query of the statement."""

    __hash__ = object.__hash__  # by identity, in C: locks are compared at every statement of a migration


class Reason(enum.Enum):
    """Why an effect is not certain."""

    ROWS_PRESENT = "rows present"
    RUNTIME_PRUNING = "runtime pruning"
    FUNCTION_BODY = "function body"
    EVENT_TRIGGER = "event trigger"
    NO_CATALOG = "no catalog"


class Always(msgspec.Struct, frozen=True, gc=False):
    """The effect happens whenever the statement succeeds."""


class Conditional(msgspec.Struct, frozen=True, gc=False):
    """The effect happens in some states of the database; `explanation` says in which."""

    reason: Reason
    explanation: str = ""


When: TypeAlias = Always | Conditional
ALWAYS = Always()


class Lock(msgspec.Struct, frozen=True, gc=False):
    """A table-level lock, held to the end of the transaction: of each relation the strongest mode."""

    relation: RelationRef
    mode: LockMode
    role: Role
    when: When = ALWAYS
    is_short: bool = False
    """Taken for a moment, not while a relation is worked through."""


class Work(msgspec.Struct, frozen=True, gc=False):
    """Work proportional to the size of a relation: a rewrite, a scan, or the building of an index."""

    relation: RelationRef
    when: When = ALWAYS
    why: str = ""
    """What makes it necessary, such as `default of x is volatile`."""
    is_empty: bool = False
    """No time goes by: it is a sequence, or no rows are in it by then (TRUNCATE, WITH NO DATA), however many were."""


class Wait(enum.Enum):
    """What a statement waits for besides its own locks."""

    OLD_TRANSACTIONS = "every older transaction that may still see the table"
    WRITERS = "every transaction that writes to the table"
    TABLE_USERS = "every transaction that uses the table"


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """The server will refuse the statement."""

    sqlstate: str
    message: str
    when: When = ALWAYS


class Effects(msgspec.Struct, frozen=True, gc=False):
    """Everything that a statement does to relations. Empty for statements that touch none."""

    locks: tuple[Lock, ...] = ()
    rewrites: tuple[Work, ...] = ()
    """Tables and materialized views whose files are written anew."""
    scans: tuple[Work, ...] = ()
    """Tables read from one end to the other."""
    index_builds: tuple[Work, ...] = ()
    """Indexes, by the name they have afterwards."""
    requires_no_transaction: bool = False
    """The server refuses it in a transaction block."""
    waits: tuple[Wait, ...] = ()
    refusal: Refusal | None = None
    """Locks and work of a statement that is always refused are those it got to."""
    opaque: str | None = None
    """Why the statement may do more than is listed: code in a DO block, a procedure, an extension's script."""
    assumptions: tuple[str, ...] = ()
    """What was taken for granted because no catalog could tell."""

    @property
    def is_refused(self) -> bool:
        """Whether the server refuses the statement whatever the rows are."""
        refusal = self.refusal
        return refusal is not None and type(refusal.when) is Always

    def strongest(self) -> Lock | None:
        """The strongest lock on a relation that other sessions can see."""
        return max((lock for lock in self.locks if not lock.relation.is_new), key=_strength, default=None)


def _strength(lock: Lock) -> tuple[int, bool]:
    return lock.mode.strength, isinstance(lock.when, Always)
