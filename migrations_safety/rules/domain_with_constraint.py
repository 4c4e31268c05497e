"""A rule is hidden in a domain.

What: CREATE DOMAIN with a CHECK or NOT NULL.

Why it matters: Adding a column of such a domain rewrites the table even without a default, and each change of the
rule reads every table that uses the domain while writes to all of them wait. NOT NULL of a domain is not kept by
outer joins and by whole rows set to null.

When it is harmless: The domain is used by few and small tables, or by parameters of functions only.

What to do: A domain without constraints for the name's sake, and the CHECK on the columns; or the constraint on each
table, where it can be added NOT VALID and validated alone.

Known limits: How many columns will use the domain is not known when it is made.

Sources: https://www.postgresql.org/docs/current/sql-createdomain.html
https://www.postgresql.org/docs/current/sql-alterdomain.html

Unsafe::

    create domain email as text check (value like '%@%');

Unsafe::

    create domain score as int not null;

Safe::

    create domain email as text;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import ConstraintType
from probes.sql.tree.objects import CreateDomain


@rule(
    "Domain that carries a constraint",
    area=Area.DESIGN,
    severity=Severity.INFO,
    triggers=("CreateDomain",),
    profile=Profile.PEDANTIC,
    squawk=("ban-create-domain-with-constraint",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag domains with a rule of their own."""
    tree = step.tree
    if isinstance(tree, CreateDomain) and any(
        one.kind in {ConstraintType.CHECK, ConstraintType.NOTNULL} for one in tree.constraints
    ):
        name = ".".join(tree.name)
        yield Flag(message=f"domain {name} carries a constraint: columns of it cannot be added without a rewrite")
