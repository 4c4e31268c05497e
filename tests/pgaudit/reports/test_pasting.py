"""What is copied from a report names what the report is about, whatever characters are in the name."""

from __future__ import annotations

import pytest

from pgaudit.reports.escaping import printable, sql_lines
from probes.catalog.names import literal, quoted
from tests.pgaudit.reports.samples import HOSTILE_NAMES
from tests.servers import Database

NAMES = (*HOSTILE_NAMES, "a##[b", "tab\tand    blanks", "return\r\nline", "back\\slash\x07", "$$\x1b$body$")


@pytest.mark.pg("!= 14, != 15, != 16, != 17")
@pytest.mark.parametrize("conforming", ["on", "off"])
def test_statements_on_hostile_names_do_on_a_server_what_they_would_do_unescaped(
    database: Database, conforming: str
) -> None:
    names = [name.encode()[:63].decode(errors="ignore") for name in NAMES]
    with database.connect() as connection:
        connection.execute(f"set standard_conforming_strings = {conforming}".encode())
        connection.execute("".join(f"create table {quoted(name)} ();" for name in names).encode())
        for name in names:
            shown = sql_lines(f"comment on table {quoted(name)} is{literal(name)}; -- {printable(name)}")
            assert shown == [printable(line) for line in shown]
            connection.execute("\n".join(shown).encode())
        found = connection.execute(
            "select c.relname, pg_catalog.obj_description(c.oid, 'pg_class') from pg_catalog.pg_class as c "
            "where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'"
        ).fetchall()
    assert dict(found) == {name: name for name in names}


def test_what_is_no_name_and_no_literal_stays_as_it_is_written() -> None:
    statement = "do $body$ begin\n    raise notice 'two\n    lines'; -- it's \"fine\"\nend $body$"
    assert "\n".join(sql_lines(statement)) == f"{statement};"
    assert sql_lines("select E'\\n', U&\"\\0041\", a$b, 'c$d' from \"Größe 😀\"") == [
        "select E'\\n', U&\"\\0041\", a$b, 'c$d' from \"Größe 😀\";"
    ]
