"""A corpus of migrations to time the gate on: 2,000 files, six statements each, that a server carries out in order."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROLE = "application"
"""Whom the migrations grant to; it must be there."""
_STATEMENTS_A_FILE = 6
_KNOWN = 200
"""Changes are made to the tables that came last."""
_NOUNS = ("order", "invoice", "contact", "animal", "listing", "payment", "message", "shipment", "review", "ticket")
_WORDS = ("state", "amount", "owner", "created", "kind", "payload", "code", "position", "label", "reference")
_TYPES = {
    "bigint": "0",
    "text": "''",
    "timestamptz": "now()",
    "jsonb": "'{}'",
    "uuid": "gen_random_uuid()",
    "numeric(12, 2)": "0",
    "boolean": "false",
    "varchar(120)": "''",
    "date": "'2026-01-01'",
    "integer": "0",
}
"""Types with a value for rows that stand before the column."""


@dataclass(slots=True)
class _Table:
    """What has become of a table so far; `id`, `note` and `parent_id` stay as they are made."""

    name: str
    columns: dict[str, str]
    """Types by column."""
    indexes: list[str] = field(default_factory=list[str])
    unvalidated: list[str] = field(default_factory=list[str])


Change = Callable[[random.Random, _Table, list[_Table], int], Iterator[str]]
"""Statements that belong together, given a number that no other has."""


def write_corpus(folder: Path, files: int, *, seed: int = 18) -> int:
    """Write the files, named in their order; gives the number of statements."""
    statements = _history(random.Random(seed))  # noqa: S311 - the same corpus every time
    for number in range(files):
        lines = [next(statements) for _ in range(_STATEMENTS_A_FILE)]
        name = f"{20200101000000 + number}_change_{number % 97}.sql"
        folder.joinpath(name).write_text(f"-- change {number}\n" + ";\n\n".join(lines) + ";\n", encoding="utf-8")
    return files * _STATEMENTS_A_FILE


def _history(chance: random.Random) -> Iterator[str]:
    tables: list[_Table] = []
    number = 0
    while True:
        number += 1
        if not tables or chance.random() < 0.15:
            yield _new_table(chance, tables, number)
            continue
        recent = tables[-_KNOWN:]
        yield from chance.choice(_CHANGES)(chance, chance.choice(recent), recent, number)


def _new_table(chance: random.Random, tables: list[_Table], number: int) -> str:
    table = _Table(f"{chance.choice(_NOUNS)}_{number}", {word: chance.choice([*_TYPES]) for word in _sample(chance)})
    lines = ["    id bigint generated always as identity primary key", "    note text"]
    for name, kind in table.columns.items():
        lines.append(
            f"    {name} {kind} not null default {_TYPES[kind]}" if chance.random() < 0.5 else f"    {name} {kind}"
        )
    parent = f" references {chance.choice(tables[-_KNOWN:]).name} (id)" if tables and chance.random() < 0.5 else ""
    lines.append(f"    parent_id bigint{parent}")
    tables.append(table)
    return f"create table {table.name} (\n" + ",\n".join(lines) + "\n)"


def _sample(chance: random.Random) -> list[str]:
    return chance.sample(_WORDS, chance.randrange(4, 8))


# ---- changes


def _add_column(chance: random.Random, table: _Table, _: list[_Table], number: int) -> Iterator[str]:
    kind = chance.choice([*_TYPES])
    name = f"{chance.choice(_WORDS)}_{number}"
    table.columns[name] = kind
    filled = f" not null default {_TYPES[kind]}" if chance.random() < 0.5 else ""
    yield f"alter table {table.name} add column {name} {kind}{filled}"


def _set_not_null(chance: random.Random, table: _Table, _: list[_Table], number: int) -> Iterator[str]:
    for name, kind in _one_of(chance, table):
        fill = f"update {table.name} set {name} = {_TYPES[kind]} where {name} is null"
        yield f"{fill} and id between {number * 10} and {number * 10 + 5000}"
        yield fill
        yield f"alter table {table.name} alter column {name} set not null"


def _change_type(chance: random.Random, table: _Table, _: list[_Table], number: int) -> Iterator[str]:
    del number
    for name, kind in _one_of(chance, table):
        if kind == "integer":
            table.columns[name] = "bigint"
            yield f"alter table {table.name} alter column {name} type bigint"
        elif kind == "varchar(120)":
            table.columns[name] = "text"
            yield f"alter table {table.name} alter column {name} type text using {name}::text"


def _drop_column(chance: random.Random, table: _Table, _: list[_Table], number: int) -> Iterator[str]:
    del number
    for name, _kind in _one_of(chance, table):
        del table.columns[name]
        yield f"alter table {table.name} drop column if exists {name} cascade"


def _rename_column(chance: random.Random, table: _Table, _: list[_Table], number: int) -> Iterator[str]:
    for name, kind in _one_of(chance, table):
        del table.columns[name]
        new = f"{name.split('_')[0]}_{number}"
        table.columns[new] = kind
        yield f"alter table {table.name} rename column {name} to {new}"


def _index(chance: random.Random, table: _Table, _: list[_Table], number: int) -> Iterator[str]:
    for name, kind in _one_of(chance, table):
        index = f"{table.name}_{number}"
        table.indexes.append(index)
        how = "concurrently if not exists " if chance.random() < 0.5 else ""
        only = f" where {name} is not null" if chance.random() < 0.3 else ""
        columns = f"using gin ({name})" if kind == "jsonb" else f"({name}, id)"
        yield f"create index {how}{index} on {table.name} {columns}{only}"


def _drop_index(chance: random.Random, table: _Table, _: list[_Table], number: int) -> Iterator[str]:
    del number
    if table.indexes:
        index = table.indexes.pop(chance.randrange(len(table.indexes)))
        yield f"drop index {'concurrently ' if chance.random() < 0.5 else ''}if exists {index}"


def _foreign_key(chance: random.Random, table: _Table, others: list[_Table], number: int) -> Iterator[str]:
    name = f"{table.name}_{number}_fkey"
    to = f"foreign key (parent_id) references {chance.choice(others).name} (id)"
    is_later = chance.random() < 0.5
    yield f"alter table {table.name} add constraint {name} {to}{' not valid' if is_later else ''}"
    if is_later:
        table.unvalidated.append(name)


def _check(chance: random.Random, table: _Table, _: list[_Table], number: int) -> Iterator[str]:
    del chance
    name = f"{table.name}_{number}_check"
    table.unvalidated.append(name)
    yield f"alter table {table.name} add constraint {name} check (length(note) < {number + 1000}) not valid"


def _validate(chance: random.Random, table: _Table, _: list[_Table], number: int) -> Iterator[str]:
    del chance, number
    if table.unvalidated:
        yield f"alter table {table.name} validate constraint {table.unvalidated.pop()}"


def _rows(chance: random.Random, table: _Table, _: list[_Table], number: int) -> Iterator[str]:
    del chance
    yield f"insert into {table.name} (note) select 'imported by change {number}' where false"
    yield f"update {table.name} set note = 'backfilled' where note is null and id between {number} and {number + 5000}"
    yield f"delete from {table.name} where note = 'obsolete since change {number}'"


def _view(chance: random.Random, table: _Table, _: list[_Table], number: int) -> Iterator[str]:
    del chance
    yield (
        f"create or replace view {table.name}_open as\nselect id, note, parent_id\nfrom {table.name}\n"
        f"where note <> 'done' and id > {number}"
    )


def _told(chance: random.Random, table: _Table, _: list[_Table], number: int) -> Iterator[str]:
    for name, _kind in _one_of(chance, table):
        yield f"comment on column {table.name}.{name} is 'What was in the sheet before change {number}'"
    yield f"grant select, insert on {table.name} to {ROLE}"


def _policy(chance: random.Random, table: _Table, _: list[_Table], number: int) -> Iterator[str]:
    del chance
    yield f"alter table {table.name} enable row level security"
    yield (
        f"create policy own_{number} on {table.name} to {ROLE}\n"
        "    using (parent_id = current_setting('app.tenant', true)::bigint)"
    )


def _function(chance: random.Random, table: _Table, _: list[_Table], number: int) -> Iterator[str]:
    del chance
    yield (
        f"create or replace function note_{number}() returns trigger language plpgsql as $$\nbegin\n"
        "    if new.note is distinct from old.note then\n        new.note := trim(new.note);\n    end if;\n"
        "    return new;\nend\n$$"
    )
    yield f"create trigger note_{number} before update on {table.name} for each row execute function note_{number}()"


def _one_of(chance: random.Random, table: _Table) -> list[tuple[str, str]]:
    return [chance.choice([*table.columns.items()])] if table.columns else []


_CHANGES: tuple[Change, ...] = (
    _add_column, _add_column, _add_column, _set_not_null, _change_type, _drop_column, _rename_column, _index, _index,
    _index, _drop_index, _foreign_key, _foreign_key, _check, _validate, _rows, _view, _told, _policy, _function,
)  # fmt: skip
