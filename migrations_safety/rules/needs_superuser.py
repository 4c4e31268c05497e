"""Only a superuser can run the statement.

What: ALTER SYSTEM, COPY from or to a file or program of the server, LOAD, CREATE EVENT TRIGGER,
CREATE TABLESPACE, a function in C.

Why it matters: On a managed server nobody is a superuser and the migration stops here. Where it does run, the
migrations run with more rights than they need: one injected line in a pull request owns the server.

When it is harmless: The script sets up a server of your own.

What to do: Leave settings of the server to its configuration; load files from the client's side (psql's copy); let
the role that migrates own the schema and nothing else.

Known limits: Which role will run the migration is not known. Some providers allow some of these to a role of theirs.

Sources: https://www.postgresql.org/docs/current/sql-altersystem.html
https://www.postgresql.org/docs/current/sql-copy.html

Unsafe::

    alter system set work_mem = '64MB';

Unsafe::

    copy orders from program 'curl https://example.com/orders.csv';

Unsafe::

    create function fast(int) returns int language c as 'fast', 'fast';

Safe::

    alter database app set work_mem = '64MB';

Safe::

    alter database app reset work_mem;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.administration import CreateTablespace
from probes.sql.tree.data import Copy
from probes.sql.tree.objects import CreateEventTrigger
from probes.sql.tree.routines import CreateFunction
from probes.sql.tree.utility import AlterSystem, Load


def _what(step: Step) -> str | None:
    match step.tree:
        case AlterSystem():
            return "ALTER SYSTEM"
        case Copy(is_program=True):
            return "COPY with a program"
        case Copy(file=str()):
            return "COPY with a file of the server"
        case Load() | CreateEventTrigger() | CreateTablespace():
            return " ".join(step.statement.sql.split()[:2]).upper()
        case CreateFunction() as tree if any(one.name == "language" and one.value == "c" for one in tree.options):
            return "a function in C"
        case _:
            return None


@rule(
    "Needs a superuser",
    area=Area.SECURITY,
    severity=Severity.LOW,
    triggers=(
        "AlterSystem",
        "Copy",
        "Load",
        "CreateEventTrigger",
        "CreateTablespace",
        "CreateFunction",
    ),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag what only superusers may do."""
    what = _what(step)
    if what is not None:
        yield Flag(
            message=f"{what} is for superusers: managed servers refuse it",
            severity=Severity.MEDIUM if what == "COPY with a program" else None,
        )
