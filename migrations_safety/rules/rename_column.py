"""A column gets another name while code in use says the old one.

What: ALTER TABLE ... RENAME COLUMN of a column that stood before the script. Live queries that name it are listed
where pg_stat_statements was collected.

Why it matters: Old processes fail with the new name and new ones with the old name; there is no moment at which a
rename and a rollout of several processes fit together.

When it is harmless: The file adds a column of the old name again, generated from the new one (that serves readers
only); or nothing but migrations names the column.

What to do: Add the new column beside the old one, keep both equal with a trigger, move the code over, and drop the
old column releases later. Or keep the name in the database and change it in the application's mapping.

Known limits: What the application's code names is not seen. pg_stat_statements is a good witness where it is
installed, but it forgets queries that run seldom. Views, policies and constraints follow a rename; functions do not,
and are judged by another rule.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html

Given::

    create table orders (id bigint primary key, note text, total numeric);

Unsafe::

    alter table orders rename column note to remark;

Unsafe::

    alter table orders rename note to remark;

Safe::

    alter table orders rename column note to remark;
    alter table orders add column note text generated always as (remark) stored;

Safe::

    begin;
    alter table orders rename column note to old_note;
    alter table orders rename column total to note;
    alter table orders add column total numeric;
    commit;

Safe::

    alter table orders add column remrk text;
    alter table orders rename column remrk to remark;

Safe::

    alter table orders rename constraint orders_pkey to orders_key;
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._dependents import following
from migrations_safety.rules._gone import Names, added_columns, target, vanishing
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.tables import AlterTable, Rename


@script_rule(
    "Renames a column in use",
    area=Area.COMPATIBILITY,
    severity=Severity.HIGH,
    triggers=("Rename:COLUMN",),
    squawk=("renaming-column",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag renamed columns whose old name does not come back."""
    known = Names.of(script)
    for step in script.steps_of("Rename"):
        tree, relation = step.tree, target(step)
        if not isinstance(tree, Rename) or relation is None or not tree.old_name or tree.relation is None:
            continue
        old = tree.old_name
        if tree.object_type is not ObjectType.COLUMN or known.is_new_column(step, relation, old):
            continue
        if not _returns(script, step, old):
            is_type = relation.kind == "c"
            noun, owner = ("attribute", "type ") if is_type else ("column", "")
            what = f"{noun} {old} of {owner}{relation.qualified_name} renamed to {tree.new_name}"
            more = following(script.look, relation, old)
            flag = vanishing(step, script.look.catalog, what, relation, (old,), more)
            severity = Severity.MEDIUM if is_type else flag.severity
            yield step, msgspec.structs.replace(flag, severity=severity)


def _returns(script: Script, step: Step, name: str) -> bool:
    """Whether a later statement of the file gives the table a column of that name, or this one its name back."""
    for later in script.later_in_file(step):
        if isinstance(later.tree, AlterTable) and name in added_columns(later.tree):
            return True
        if isinstance(later.tree, Rename) and later.tree.old_name and later.tree.new_name == name:
            return True
    return False
