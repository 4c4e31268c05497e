"""SET NOT NULL reads the whole table under ACCESS EXCLUSIVE to look for nulls.

What: ALTER COLUMN ... SET NOT NULL, or ADD CONSTRAINT ... NOT NULL without NOT VALID (18 and later), where nothing
proves that the column holds no null.

Why it matters: Reads and writes wait for a full scan. It is fast per row, and still minutes for a table that does not
fit into memory. Linters that believe the scan went away with PostgreSQL 11 are mistaken on all versions.

When it is harmless: A validated CHECK constraint implies that the column is not null, on its own or among other
conditions joined with AND; then no row is read. A NOT VALID constraint proves nothing, and neither does CHECK (a >
0), which a null satisfies.

What to do: Up to 17: CHECK (a IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT in its own transaction, SET NOT NULL, drop
the CHECK; four short locks. From 18 on: ADD CONSTRAINT ... NOT NULL a NOT VALID and VALIDATE CONSTRAINT. Where such
an unvalidated constraint exists already, VALIDATE it: SET NOT NULL would scan under the strong lock.

Known limits: Without a database only proofs that the script itself makes are seen.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint, total numeric, note text);
    create table proved (a int check (a is not null and a > 0), b int check (b > 0));

Unsafe::

    alter table orders alter column customer_id set not null;

Unsafe (with a catalog)::

    alter table proved alter column b set not null;

Unsafe::

    alter table orders add constraint there check (customer_id is not null) not valid;
    alter table orders alter column customer_id set not null;

Unsafe (18+)::

    alter table orders add constraint there not null customer_id;

Unsafe (18+, with a catalog)::

    alter table orders add constraint there not null customer_id not valid;
    alter table orders alter column customer_id set not null;

Safe (with a catalog)::

    alter table proved alter column a set not null;

Safe::

    alter table orders add constraint there check (customer_id is not null) not valid;
    alter table orders validate constraint there;
    alter table orders alter column customer_id set not null;

Safe (18+)::

    alter table orders add constraint there not null customer_id not valid;
    alter table orders validate constraint there;

Safe (with a catalog)::

    alter table orders alter column id set not null;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.not_null import not_null_constraint_not_valid, set_not_null_online
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.rules._locking import working
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType, ConstraintType
from probes.sql.tree.parts import Constraint


@rule(
    "NOT NULL set by scanning the table",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:SET_NOT_NULL", "AlterTable:ADD_CONSTRAINT:NOTNULL"),
    squawk=("adding-not-nullable-field",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag columns that are read for nulls while others wait."""
    for command, effects in working(step, AlterTableType.SET_NOT_NULL):
        rewrite = set_not_null_online(step, command.name or "")
        yield from at(command, work_flag(step, "rows are read for nulls", effects, rewrite))
    for command, effects in working(step, AlterTableType.ADD_CONSTRAINT):
        definition = command.definition
        if isinstance(definition, Constraint) and definition.kind is ConstraintType.NOTNULL:
            yield from at(
                command, work_flag(step, "rows are read for nulls", effects, not_null_constraint_not_valid(step))
            )
