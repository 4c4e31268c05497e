"""The shape of a table changes that logical replication sends to others.

What: A column of a published table is added, dropped, renamed or gets another type.

Why it matters: Logical replication does not carry DDL. A column that is added here and missing there stops the
subscription with the first row that has it, and the publisher then keeps its WAL until the disk is full or somebody
looks.

When it is harmless: The subscriber was changed before; or the column is dropped, which a subscriber bears.

What to do: Change the subscriber first where columns are added, the publisher first where they are dropped. Watch the
lag of the slot during the deploy.

Known limits: Without a catalog only publications of earlier files are known. What stands on the subscriber is not
known; decoding plugins other than pgoutput have rules of their own.

Sources: https://www.postgresql.org/docs/current/logical-replication-restrictions.html

Given::

    create table orders (id bigint primary key, note text, total numeric);
    create table notes (id bigint, body text);
    create publication p for table orders;

Unsafe (with a catalog)::

    alter table orders add column remark text;

Unsafe (with a catalog)::

    alter table orders rename column note to remark;

Unsafe (without a catalog)::

    create table lines (id bigint primary key);
    create publication of_lines for table lines;
    -- file b.sql
    alter table lines add column remark text;

Safe::

    alter table notes add column remark text;

Safe::

    create table fresh (id bigint primary key);
    alter table fresh add column remark text;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._gone import target
from migrations_safety.rules._judging import branch
from migrations_safety.rules._publishing import publications_of
from migrations_safety.timeline import Step
from probes.catalog.rows import PgPublication
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable

_VERBS: dict[AlterTableType | None, str] = {
    AlterTableType.ADD_COLUMN: "added",
    AlterTableType.ALTER_COLUMN_TYPE: "retyped",
    AlterTableType.DROP_COLUMN: "dropped",
    None: "renamed",
}


@rule(
    "Changes a published table",
    area=Area.COMPATIBILITY,
    severity=Severity.MEDIUM,
    triggers=("AlterTable:ADD_COLUMN", "AlterTable:ALTER_COLUMN_TYPE", "AlterTable:DROP_COLUMN", "Rename:COLUMN"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag changes of columns that subscribers must follow."""
    if step.look.never_had(PgPublication):
        return
    relation = target(step)
    row = step.look.of(relation) if relation is not None else None
    if relation is None or row is None:
        return
    published = publications_of(step.look.run, row)
    kinds = {one.kind for one in step.tree.commands} if isinstance(step.tree, AlterTable) else {None}
    verbs = [verb for kind, verb in _VERBS.items() if kind in kinds]
    if published and verbs:
        names = tuple(one.name for one in published)
        message = f"a column is {' and '.join(verbs)} in {relation.qualified_name}, which publication {names[0]} sends"
        yield Flag(
            message=f"{message}: subscribers do not follow by themselves{branch(step)}",
            evidence={"publications": names},
            severity=Severity.LOW if verbs == ["dropped"] else None,
        )
