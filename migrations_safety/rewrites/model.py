"""The safe sequence for an unsafe statement, as data."""

from __future__ import annotations

import msgspec

LOCK_TIMEOUT_MS = 2_000
BATCH_ROWS = 5_000
BATCHES = "do $batches$"
"""How a loop begins that works batch by batch; it commits each, so no transaction may be open."""
WALKERS = ("batch_first", "batch_last")
"""The variables of a loop along a key. A table with a column of such a name is walked through in another way."""


class RewriteStep(msgspec.Struct, frozen=True, gc=False):
    """One statement of a sequence. It commits by itself unless its sequence says otherwise."""

    sql: str
    """Without a semicolon."""
    lock_timeout_ms: int | None = LOCK_TIMEOUT_MS
    """Where it queues for a lock that others would queue behind; None where it need not."""
    transaction: int | None = None
    """Neighbours with the same number run in one transaction block."""
    repeat: bool = False
    """Run again until it changes no row, each time in a transaction of its own."""
    manual: bool = False
    """A description of what only a person can write; a comment in the output."""


class Rewrite(msgspec.Struct, frozen=True, gc=False):
    """Statements in order that reach the same end without blocking for long."""

    steps: tuple[RewriteStep, ...]
    rollback: tuple[str, ...] = ()
    """What removes its traces where it stops half way: all is then as before it, or as after it."""
    note: str | None = None
    """What must be known to run it."""
    differs: str | None = None
    """What is otherwise afterwards than the statement itself would have left it."""

    @property
    def is_complete(self) -> bool:
        """Whether all of it can be run as it stands."""
        return not any(step.manual for step in self.steps)

    def lines(self) -> tuple[str, ...]:
        """The sequence as statements to run one by one, settings and transaction blocks among them."""
        found: list[str] = []
        current: int | None = None
        timeout_ms: int | None = None
        for step in self.steps:
            if step.transaction != current:
                found += ["commit"] if current is not None else []
                found += ["begin"] if step.transaction is not None else []
                current = step.transaction
            if step.manual:
                found.append(f"-- {step.sql}")
                continue
            if step.lock_timeout_ms != timeout_ms:
                value = "0" if step.lock_timeout_ms is None else f"'{step.lock_timeout_ms // 1000}s'"
                if step.lock_timeout_ms is not None or timeout_ms is not None:
                    found.append(f"set lock_timeout = {value}")
                timeout_ms = step.lock_timeout_ms
            found.append(_in_a_loop(step.sql) if step.repeat else step.sql)
        if current is not None:
            found.append("commit")
        return tuple(found)


def _in_a_loop(sql: str) -> str:
    return f"{BATCHES} begin loop\n    {sql};\n    exit when not found;\n    commit;\nend loop; end $batches$"


def alone(sql: str) -> RewriteStep:
    """A statement that waits for others without making them wait, such as CREATE INDEX CONCURRENTLY."""
    return RewriteStep(sql, lock_timeout_ms=None)


def backfill(table: str, assignment: str, missing: str) -> RewriteStep:
    """An UPDATE of one batch of the rows that still miss something."""
    rows = f"array(select ctid from {table} where {missing} limit {BATCH_ROWS})"
    return RewriteStep(f"update {table} set {assignment} where ctid = any ({rows})", repeat=True, lock_timeout_ms=None)


def backfill_along(table: str, key: str, assignment: str, missing: str) -> RewriteStep:
    """An UPDATE of the rows that miss something, batch by batch along a unique key, so that none is passed twice.

    Args:
        table: As SQL.
        key: The one column of a unique index without nulls, as SQL.
        assignment: What stands behind SET.
        missing: The condition of the rows that are to be filled: where it was stopped, it goes on.
    """
    first, last = WALKERS
    sql = f"""{BATCHES} declare {first} {table}.{key}%type; {last} {table}.{key}%type; begin
    select {key} into {first} from {table} order by {key} limit 1;
    while {first} is not null loop
        select {key} into {last} from
            (select {key} from {table} where {key} >= {first} order by {key} limit {BATCH_ROWS}) as batch
            order by {key} desc limit 1;
        update {table} set {assignment} where {key} between {first} and {last} and {missing};
        commit;
        select {key} into {first} from {table} where {key} > {last} order by {key} limit 1;
    end loop;
end $batches$"""
    return RewriteStep(sql, lock_timeout_ms=None)
