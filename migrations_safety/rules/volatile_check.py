"""A CHECK depends on something that changes.

What: A CHECK whose expression calls a function that is not immutable: the time, the user, a random number, a function
of your own that is not declared IMMUTABLE.

Why it matters: A CHECK is asked when a row is written and never again. With now() in it rows that were right become
wrong by waiting: the dump of a healthy table cannot be restored, an UPDATE of another column fails months later, and
the planner may leave out partitions or rows by a rule that does not hold. A function that reads other tables fails on
restore, when those are still empty.

When it is harmless: The table is only ever inserted into, and never dumped.

What to do: Put the rule into a trigger or into the application, where it is asked at the right moment; or compare two
columns of the row, such as expires_at > created_at.

Known limits: Functions of unknown volatility are passed over, as are operators and casts.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS
https://www.postgresql.org/docs/current/xfunc-volatility.html

Given::

    create table orders (id bigint primary key, made_on date, note text);

Unsafe::

    create table coupons (id bigint primary key, ends_at timestamptz check (ends_at > now()));

Unsafe::

    alter table orders add constraint not_ahead check (made_on <= current_date) not valid;

Unsafe::

    create function is_known(bigint) returns boolean language sql as 'select true';
    alter table orders add constraint known check (is_known(id)) not valid;

Unsafe::

    create domain fresh as date check (value >= current_date);

Safe::

    create table coupons (id bigint primary key, starts_at date, ends_at date, check (ends_at > starts_at));

Safe::

    alter table orders add constraint named check (length(lower(note)) > 2) not valid;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.builtin_functions import signatures
from migrations_safety.effects.defaults import candidates
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._subjects import table_constraints
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.expressions import model as m
from probes.sql.expressions.build import from_source
from probes.sql.expressions.inspection import call_sites
from probes.sql.tree.enums import ConstraintType
from probes.sql.tree.objects import CreateDomain
from probes.sql.tree.parts import Constraint


def _changing(step: Step, check: Constraint) -> Iterator[str]:
    """What the condition calls that is known not to be immutable."""
    expression = from_source(check.expression)
    for part in m.walk(expression):
        if isinstance(part, m.SessionValue):
            yield part.name
    for site in call_sites(expression):
        name, count = site.call.name, len(site.call.args)
        own = candidates(step.look.run, name, count)
        kinds = {row.volatility for row in own} or {one.volatility for one in signatures(name[-1], count)}
        if kinds and "i" not in kinds:
            yield f"{'.'.join(name)}()"


@rule(
    "CHECK that depends on what changes",
    area=Area.DATA,
    severity=Severity.MEDIUM,
    triggers=("CreateTable", "CreateDomain", "AlterTable:ADD_COLUMN", "AlterTable:ADD_CONSTRAINT:CHECK"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag conditions that other things than the row decide."""
    tree = step.tree
    constraints = tree.constraints if isinstance(tree, CreateDomain) else tuple(table_constraints(step))
    for one in constraints:
        if one.kind is ConstraintType.CHECK:
            changing = dict.fromkeys(_changing(step, one))
            if changing:
                yield Flag(
                    message=f"a CHECK is asked when a row is written; {', '.join(changing)} changes without the row",
                    evidence={"functions": tuple(changing)},
                    location=one.location,
                )
