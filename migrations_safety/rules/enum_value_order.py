"""A value of an enum is added wherever the end happens to be.

What: ALTER TYPE ... ADD VALUE without BEFORE or AFTER.

Why it matters: Values of an enum sort in the order in which they were added. A new one at the end sorts last for
ever, and comparisons such as phase < 'done' take it for later than all others. Two branches that each add one leave
different orders in different databases.

When it is harmless: Nobody sorts by the column or compares it with < and >.

What to do: Say BEFORE or AFTER.

Known limits: Whether the order means anything is not known.

Sources: https://www.postgresql.org/docs/current/sql-altertype.html

Given::

    create type phase as enum ('open', 'sent', 'done');

Unsafe::

    alter type phase add value 'paid';

Safe::

    alter type phase add value 'paid' after 'sent';

Safe::

    alter type phase rename value 'sent' to 'shipped';
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.objects import AlterEnum


@rule(
    "Enum value without a place",
    area=Area.STYLE,
    severity=Severity.INFO,
    triggers=("AlterEnum",),
    profile=Profile.PEDANTIC,
    squawk=("require-enum-value-ordering",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag values that are put at the end."""
    tree = step.tree
    if isinstance(tree, AlterEnum) and tree.old_value is None and tree.neighbor is None:
        yield Flag(message=f"{tree.new_value} will sort behind all values that {'.'.join(tree.name)} has by then")
