"""A corpus of migrations to time the gate on: 2,000 files, six statements each, of the kinds that projects have."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

_STATEMENTS_A_FILE = 6
_NOUNS = ("order", "invoice", "contact", "animal", "listing", "payment", "message", "shipment", "review", "ticket")
_TYPES = ("bigint", "text", "timestamptz", "jsonb", "uuid", "numeric(12, 2)", "boolean", "varchar(120)", "date", "int")
_COLUMNS = ("state", "note", "amount", "owner_id", "created_at", "kind", "payload", "code", "position", "label")


def write_corpus(folder: Path, files: int, *, seed: int = 18) -> int:
    """Write the files, named in their order; gives the number of statements."""
    chance = random.Random(seed)  # noqa: S311 - the same corpus every time
    tables: list[str] = []
    for number in range(files):
        lines = [_statement(chance, tables, number) for _ in range(_STATEMENTS_A_FILE)]
        name = f"{20200101000000 + number}_change_{number % 97}.sql"
        folder.joinpath(name).write_text(f"-- change {number}\n" + ";\n\n".join(lines) + ";\n", encoding="utf-8")
    return files * _STATEMENTS_A_FILE


def _statement(chance: random.Random, tables: list[str], number: int) -> str:
    if not tables or chance.random() < 0.15:
        table = f"{chance.choice(_NOUNS)}_{number}_{len(tables)}"
        tables.append(table)
        return _new_table(chance, table, tables)
    return chance.choice(tuple(_changes(chance, chance.choice(tables[-200:]), tables)))


def _new_table(chance: random.Random, table: str, tables: list[str]) -> str:
    columns = [f"    {name} {chance.choice(_TYPES)} not null" for name in chance.sample(_COLUMNS, 6)]
    if len(tables) > 1 and chance.random() < 0.5:
        columns.append(f"    parent_id bigint references {chance.choice(tables[:-1][-200:])} (id)")
    body = ",\n".join(["    id bigint generated always as identity primary key", *columns])
    return f"create table {table} (\n{body}\n)"


def _changes(chance: random.Random, table: str, tables: list[str]) -> Iterator[str]:
    column, other, number = chance.choice(_COLUMNS), chance.choice(tables[-200:]), chance.randrange(10**6)
    yield f"alter table {table} add column {column}_{number} {chance.choice(_TYPES)}"
    yield f"alter table {table} add column {column}_{number} {chance.choice(_TYPES)} not null default null"
    yield f"alter table {table} alter column {column} set not null"
    yield f"alter table {table} alter column {column} type text using {column}::text"
    yield f"alter table {table} drop column if exists {column}"
    yield f"alter table {table} rename column {column} to {column}_{number}"
    yield f"create index {table}_{number} on {table} ({column}, id)"
    yield f"create index concurrently if not exists {table}_{number} on {table} ({column}) where {column} is not null"
    yield f"alter table {table} add constraint {table}_{number} foreign key (owner_id) references {other} (id)"
    yield f"alter table {table} add constraint {table}_{number} check (amount >= 0) not valid"
    yield f"alter table {table} validate constraint {table}_{number}"
    yield f"drop index if exists {table}_{number}"
    yield f"update {table} set note = 'backfilled' where note is null and id between {number} and {number + 5000}"
    yield f"insert into {table} (note, state) values ('a', 'new'), ('b', 'done')"
    yield f"create or replace view {table}_open as select id, note from {table} where state <> 'done'"
    yield f"comment on table {table} is 'What was {column} before change {number}'"
    yield f"grant select on {table} to application"
