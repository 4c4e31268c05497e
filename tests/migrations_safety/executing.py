"""Examples of rules, executed: what a runner would send for one, on a database that holds what its page gives."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.script.model import Wrapping
from migrations_safety.script.reader import read_script
from tests.migrations_safety.examples import Example, texts_of
from tests.servers import Database

_CLEAN = """
do $$
declare found record;
begin
    for found in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
        execute format('drop schema %I cascade', found.nspname);
    end loop;
    for found in select pubname from pg_publication loop execute format('drop publication %I', found.pubname); end loop;
    for found in select rolname from pg_roles where rolname !~ '^pg_' and rolname <> current_user loop
        execute format('drop owned by %I', found.rolname);
        execute format('drop role %I', found.rolname);
    end loop;
    create schema public;
end $$
"""


def prepare(database: Database, example: Example) -> None:
    """Empty a database of a cluster that nobody else uses, and make what the page gives."""
    with database.connect() as connection:
        connection.execute(_CLEAN)
        connection.execute(example.given.encode())


def messages(example: Example) -> Iterator[str]:
    """Give what a runner would send, message by message."""
    for text in texts_of(example):
        if example.wrapping is Wrapping.NONE:
            yield text.content.decode()
            continue
        if example.wrapping is Wrapping.PER_FILE:
            yield "begin"
        yield from (statement.sql for statement in read_script([text]))
        if example.wrapping is Wrapping.PER_FILE:
            yield "commit"
