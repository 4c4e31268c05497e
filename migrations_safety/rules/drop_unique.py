"""What kept rows unique goes, and nothing takes its place.

What: DROP CONSTRAINT of a primary key or unique constraint, or DROP INDEX of a unique index, where afterwards no
unique index over the same columns is left. One that the same file made is not meant; nor, with a catalog, one that
only this deploy would make.

Why it matters: Duplicates come in quietly and are hard to get rid of. INSERT ... ON CONFLICT (columns) of running
code fails at once with 42P10, because it names exactly that index. Foreign keys and logical replication may need it
too.

When it is harmless: No code relies on the columns being unique.

What to do: Build the new unique index concurrently first, then drop the old one. Remove ON CONFLICT from the code a
release before.

Known limits: Without a catalog only keys that an earlier file makes are known. ON CONFLICT in the
application is seen only in pg_stat_statements.

Sources: https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT
    https://www.postgresql.org/docs/current/indexes-unique.html

Given::

    create table orders (id bigint primary key, note text, total numeric);
    alter table orders add constraint orders_note_key unique (note);
    create unique index orders_total on orders (total);
    -- query: insert into orders (id, note) values ($1, $2) on conflict (note) do nothing

Unsafe (with a catalog)::

    alter table orders drop constraint orders_note_key;

Unsafe (with a catalog)::

    drop index concurrently orders_total;

Unsafe (without a catalog)::

    create table members (id bigint primary key, email text unique);
    -- file 2.sql
    alter table members drop constraint members_email_key;

Safe::

    create table members (id bigint primary key, email text unique);
    create unique index members_id_email on members (id, email);
    alter table members drop constraint members_email_key;
    drop index members_id_email;

Safe::

    create table members (id bigint primary key, email text unique);
    -- file 2.sql
    create unique index concurrently members_email on members (email);
    alter table members drop constraint members_email_key;

Safe (with a catalog)::

    create schema apart;
    create table apart.orders (total numeric);
    create unique index orders_total on apart.orders (total);
    drop index apart.orders_total;

Safe::

    create unique index concurrently orders_note_2 on orders (note);
    alter table orders drop constraint orders_note_key;

Safe::

    drop table orders;

Safe (without a catalog)::

    drop index concurrently orders_total;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._dropped_indexes import dropped_indexes, dropping, stays_unique
from migrations_safety.rules._judging import branch
from migrations_safety.rules._made_keys import dropped_keys
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from migrations_safety.uses import live_queries, query_evidence
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgIndex
from probes.finding import Severity


@script_rule(
    "Gives up that rows are unique",
    area=Area.COMPATIBILITY,
    severity=Severity.MEDIUM,
    triggers=("AlterTable:DROP_CONSTRAINT", "Drop:INDEX"),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag unique indexes that go without a successor."""
    catalog = script.look.catalog
    for step in (*script.steps_of("Drop"), *script.steps_of("AlterTable")):
        if catalog is None:
            yield from _of_earlier_files(script, step)
            continue
        for index in dropped_indexes(catalog, step):
            if index.unique and index.predicate is None and not stays_unique(script, index):
                yield step, _judged(catalog, step, index)


def _of_earlier_files(script: Script, step: Step) -> Iterator[tuple[Step, Flag]]:
    for one in dropped_keys(script, step):
        columns, table, name = one.key.columns, one.key.table, one.key.name
        message = f"nothing keeps {', '.join(columns)} of {table} unique without {name}{branch(step)}"
        yield step, Flag(message=message, evidence={"columns": columns}, command=one.command)


def _judged(catalog: Catalog, step: Step, index: PgIndex) -> Flag:
    table = catalog.relation(index.relation)
    columns = table.column_names(index.columns[: index.key_count]) if table is not None else ()
    name = table.row.name if table is not None else ""
    wanted = (frozenset(columns), frozenset({index.name}))
    queries = [one for one in live_queries(catalog) if one.names(None, name) and one.arbiters & set(wanted)]
    hurt = ", and ON CONFLICT of live queries needs it" if queries else ""
    return Flag(
        message=f"nothing keeps {', '.join(columns)} of {name} unique without {index.name}{hurt}{branch(step)}",
        evidence={"columns": columns, **query_evidence(catalog, queries)},
        severity=Severity.HIGH if queries else None,
        command=dropping(catalog, step, index),
    )
