"""A storage option changes nothing about the rows that exist.

What: ALTER COLUMN SET STORAGE or SET COMPRESSION, or SET (fillfactor = ...) or (toast_tuple_target = ...).

Why it matters: The option counts for values written from now on. Rows that exist stay as they are until each is
updated, or the table is rewritten; whoever expects the table to shrink waits in vain.

When it is harmless: New rows are all that matters.

What to do: Nothing, if that is what is meant. Else rewrite the table when nobody needs it (VACUUM FULL, pg_repack);
compressed values are kept as they are even then, unless they are computed anew.

Known limits: Whether the table is to shrink is not known.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html
https://www.postgresql.org/docs/current/storage-toast.html

Given::

    create table orders (id bigint primary key, note text);

Unsafe::

    alter table orders alter column note set storage external;

Unsafe::

    alter table orders set (fillfactor = 70);

Safe::

    alter table orders set (autovacuum_vacuum_scale_factor = 0.01);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.rules._subjects import is_used_table
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.parts import DefElem
from probes.sql.tree.tables import AlterTable

_OF_COLUMNS = {AlterTableType.SET_STORAGE: "STORAGE", AlterTableType.SET_COMPRESSION: "COMPRESSION"}
_OF_TABLES = frozenset({"fillfactor", "toast_tuple_target"})


def _options(tree: AlterTable) -> Iterator[str]:
    for command in tree.commands:
        if command.kind in _OF_COLUMNS:
            yield _OF_COLUMNS[command.kind]
        elif command.kind is AlterTableType.SET_REL_OPTIONS and isinstance(command.definition, tuple):
            names = {one.name for one in command.definition if isinstance(one, DefElem)}
            yield from sorted(names & _OF_TABLES)


@rule(
    "Storage option that leaves old rows as they are",
    area=Area.DESIGN,
    severity=Severity.INFO,
    triggers=("AlterTable:SET_STORAGE", "AlterTable:SET_COMPRESSION", "AlterTable:SET_REL_OPTIONS"),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag options that are taken for a rewrite."""
    if isinstance(step.tree, AlterTable) and is_used_table(step):
        for option in _options(step.tree):
            yield Flag(message=f"{option} counts for what is written from now on; rows that exist stay as they are")
