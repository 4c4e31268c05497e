"""A constraint on a domain is proved by reading every table that uses it, while their writers wait.

What: ALTER DOMAIN ... ADD CONSTRAINT without NOT VALID, SET NOT NULL, or VALIDATE CONSTRAINT. Each takes SHARE on
every table with a column of the domain, all at once, and reads them.

Why it matters: The tables are not named in the statement and may be many. Unlike on tables, VALIDATE CONSTRAINT takes
no weaker lock here.

When it is harmless: The tables are few and small. Adding NOT VALID locks nothing and holds for new values at once.

What to do: ADD CONSTRAINT ... NOT VALID, and VALIDATE at a time when nobody writes; or put the CHECK on the tables,
where it can be validated beside the users.

Known limits: Without a database the tables are not known.

Sources: https://www.postgresql.org/docs/current/sql-alterdomain.html

Given::

    create domain positive as int;
    create domain unused as int;
    create table orders (pieces positive);

Unsafe::

    alter domain positive add constraint above check (value > 0);

Unsafe::

    alter domain positive set not null;

Unsafe (with a catalog)::

    alter domain positive add constraint above check (value > 0) not valid;
    alter domain positive validate constraint above;

Safe::

    alter domain positive add constraint above check (value > 0) not valid;

Safe (with a catalog)::

    alter domain unused add check (value > 0);

Safe::

    alter domain positive set default 1;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Domain constraint proved on all its tables",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterDomain",),
    squawk=("ban-alter-domain-with-add-constraint",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag domains whose tables are read while writers wait."""
    yield from work_flag(step, "every table with a column of the domain is read")
