"""A timeout is set to a value that does not do what was meant.

What: SET lock_timeout (or statement_timeout, or another timeout) to a number without a unit below 100, which is
milliseconds; lock_timeout to more than a minute; or to a value that the server refuses, such as '5 sec'.

Why it matters: lock_timeout = 5 gives up after five milliseconds, on every busy table, each time. lock_timeout =
'10min' is ten minutes in which everybody queues behind the migration: an outage with an end.

When it is harmless: The long timeout is set for a table that nobody uses at that hour.

What to do: Write the unit. A few seconds of lock_timeout and several tries beat one long wait.

Known limits: 0 switches a timeout off: what then waits is flagged where it waits, not here.

Sources: https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT
    https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES

Unsafe::

    set lock_timeout = 5;

Unsafe::

    set lock_timeout = '10min';

Unsafe::

    set statement_timeout = '5 sec';

Safe::

    set lock_timeout = '5s';

Safe::

    set lock_timeout = 3000;

Safe::

    set statement_timeout = '1h';

Safe::

    set lock_timeout = 0;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._timeouts import LONGEST_WAIT_MS, milliseconds
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import VariableSetKind
from probes.sql.tree.utility import Set

_TIMEOUTS = frozenset(
    {"lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"}
)
_LEAST_MS = 100


@rule(
    "Timeout of an unlikely length",
    area=Area.TRANSACTIONS,
    severity=Severity.LOW,
    triggers=("Set",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag a value that is out of place."""
    tree = step.tree
    if not isinstance(tree, Set) or tree.name not in _TIMEOUTS or tree.kind is not VariableSetKind.SET_VALUE:
        return
    value = " ".join(str(one) for one in tree.args)
    if step.statement.is_templated or len(tree.args) != 1 or value.lower() == "default":
        return
    length_ms = milliseconds(value)
    if length_ms is None:
        message = f"the server refuses {value} as a value of {tree.name}: its units are us, ms, s, min, h, d"
        yield Flag(message=message, refused=True, severity=Severity.HIGH)
    elif value.isdigit() and 0 < length_ms < _LEAST_MS:
        yield Flag(message=f"{tree.name} = {value} is {value} milliseconds: was another unit meant?")
    elif tree.name == "lock_timeout" and length_ms > LONGEST_WAIT_MS:
        yield Flag(message=f"lock_timeout = {value}: for as long others may queue behind the migration")
