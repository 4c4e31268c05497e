"""A BEGIN has no COMMIT.

What: The script opens a transaction and ends without ending it.

Why it matters: The server rolls back what is open when the connection closes. The statements ran, no error was shown,
and nothing of it is there.

When it is harmless: The runner sends a COMMIT of its own after the script; few do.

What to do: End it with COMMIT.

Known limits: A COMMIT in a file that psql would include is not seen.

Sources: https://www.postgresql.org/docs/current/sql-begin.html

Unsafe::

    begin;
    create table a (id int);

Safe::

    begin;
    create table a (id int);
    commit;

Safe::

    begin;
    create table a (id int);
    rollback;

Safe (in the runner's transaction)::

    create table a (id int);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.script.reader import unclosed_begins
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity


@script_rule(
    "BEGIN without an end",
    area=Area.TRANSACTIONS,
    severity=Severity.HIGH,
    triggers=("Transaction",),
    squawk=("ban-uncommitted-transaction",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag each BEGIN that stays open."""
    by_statement = {id(step.statement): step for step in script.steps}
    for statement in unclosed_begins(step.statement for step in script.steps):
        step = by_statement.get(id(statement))
        if step is not None:
            yield step, Flag(message="nothing ends this transaction: all that it does is rolled back")
