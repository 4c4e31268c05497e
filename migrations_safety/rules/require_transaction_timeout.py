"""A transaction holds locks that others wait for, and nothing ends it if its session stalls.

What: In a transaction block a relation in use is locked against readers or writers, with neither transaction_timeout
(17 and later) nor idle_in_transaction_session_timeout in force. One finding for a transaction.

Why it matters: A migration whose runner hangs, or whose network breaks between two statements, keeps its locks until
somebody kills the session. No lock_timeout helps: nothing is being waited for.

When it is harmless: The runner sends the whole transaction in one message and nothing but the server decides how long
it takes.

What to do: SET LOCAL transaction_timeout (17 and later) or idle_in_transaction_session_timeout at its beginning.

Known limits: Timeouts of the role or of the runner's connection are known only where a catalog holds them.

Sources: https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-TRANSACTION-TIMEOUT
    https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    begin;
    alter table orders add column remark text;
    update orders set remark = '' where id = 1;
    commit;

Unsafe (to 16)::

    begin;
    alter table orders add column remark text;
    commit;

Safe::

    begin;
    set local transaction_timeout = '30s';
    alter table orders add column remark text;
    commit;

Safe::

    alter table orders add column remark text;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._judging import blocking, lock_evidence
from migrations_safety.rules._timeouts import in_force_ms
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity

_LIMITS = ("transaction_timeout", "idle_in_transaction_session_timeout")
_SINCE = 17


@script_rule(
    "Locks held by a transaction that nothing ends",
    area=Area.TRANSACTIONS,
    severity=Severity.LOW,
    triggers=("+lock",),
    profile=Profile.STRICT,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag the first lock of each transaction that nothing ends."""
    seen: set[int] = set()
    for step in script.steps:
        transaction = step.statement.transaction
        if not step.in_block or transaction.id in seen or any(in_force_ms(step, name) > 0 for name in _LIMITS):
            continue
        locks = blocking(step)
        if locks and not step.effects.is_refused:
            seen.add(transaction.id)
            worst = max(locks, key=lambda lock: lock.mode.strength)
            setting = "transaction_timeout" if script.look.major >= _SINCE else "idle_in_transaction_session_timeout"
            message = f"if the session stalls after this, {worst.relation.qualified_name} stays locked: no {setting}"
            yield step, Flag(message=message, evidence=lock_evidence(worst), blocked=(worst.relation,))
