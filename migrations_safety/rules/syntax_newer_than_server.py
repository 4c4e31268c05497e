"""The server does not know this syntax yet.

What: A statement uses what a later major brought than the server's, such as MERGE before 15 or NOT ENFORCED before 18.

Why it matters: The server answers `syntax error` and the deploy stops there; what ran before it outside a transaction
stays. It is usual where developers run a newer server than production.

When it is harmless: Never on that server.

What to do: Write it in the words of the older major, or upgrade first.

Known limits: New functions, types and settings are not looked at, nor are queries, but for MERGE. Without a database
the major is the one that was named on the command line.

Sources: https://www.postgresql.org/docs/release/

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe (to 17)::

    alter table orders add constraint positive check (total > 0) not enforced;

Unsafe (to 14)::

    create unique index concurrently orders_total on orders (total) nulls not distinct;

Unsafe (to 13)::

    create function one() returns int language sql return 1;

Safe (18+)::

    alter table orders add constraint positive check (total > 0) not enforced;

Safe (to 13)::

    alter table orders add constraint positive check (total > 0) not valid;
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._newer_syntax import NEWEST, Newer, newer_syntax
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.parse import Parsed
from probes.sql.tree.tables import AlterTable, AlterTableCommand


@rule(
    "Syntax that the server does not know",
    area=Area.TRANSACTIONS,
    severity=Severity.HIGH,
    triggers=(
        *("AlterTable", "CreateTable", "CreateIndex", "CreateTrigger", "CreateFunction", "CreateView"),
        *("CreateStatistics", "CreatePublication", "AlterPublication", "Grant", "GrantRole"),
        *("Vacuum", "Reindex", "Copy", "Merge"),
    ),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag the newest part of a statement, where it is newer than the server."""
    if step.look.major >= NEWEST:
        return
    newest = max(newer_syntax(step), key=lambda one: one.major, default=None)
    if newest is not None and newest.major > step.look.major:
        yield Flag(
            message=f"{newest.what} came with PostgreSQL {newest.major}, and the server is {step.look.major}",
            evidence={"since_major": newest.major},
            refused=True,
            command=_using(step, newest),
        )


def _using(step: Step, newest: Newer) -> AlterTableCommand | None:
    """The subcommand of ALTER TABLE that uses it."""
    tree, outcome = step.tree, step.statement.outcome
    if not isinstance(tree, AlterTable) or not isinstance(outcome, Parsed):
        return None
    for item in tree.wire_commands:
        own = msgspec.structs.replace(outcome, tree=msgspec.structs.replace(tree, wire_commands=(item,)))
        alone = msgspec.structs.replace(step, statement=msgspec.structs.replace(step.statement, outcome=own))
        if newest in newer_syntax(alone):
            return item.AlterTableCmd
    return None
