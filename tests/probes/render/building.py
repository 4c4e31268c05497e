"""Building what was rendered, and comparing what is there with the catalog it was rendered from."""

from __future__ import annotations

import psycopg

from probes.catalog.catalog import Catalog
from probes.catalog.rows import ForeignServer
from probes.render.model import Rendered
from probes.render.render import SESSION, render
from tests.pictures import picture_of
from tests.probes.render.sameness import differences
from tests.servers import Database


def picture(dsn: str) -> Catalog:
    """The structure of a database with its operator classes."""
    return picture_of(dsn, dictionaries=True, only=[ForeignServer])


def build(rendered: Rendered, target: Database) -> None:
    """Run every statement; a statement that fails is named with what the server said."""
    with target.connect() as connection:
        for setting in SESSION:
            connection.execute(setting.encode())
        for statement in rendered.statements:
            try:
                connection.execute(statement.sql.encode())
            except psycopg.Error as error:
                raise AssertionError(f"{str(error).splitlines()[0]}: {statement.sql}") from error


def law(source: Database, target: Database) -> tuple[Rendered, list[str]]:
    """What was rendered of one database, and how the other one differs when it was built from that."""
    before = picture(source.dsn)
    rendered = render(before, database=target.name, mark_invalid=True, built_by="postgres")
    build(rendered, target)
    return rendered, differences(before, picture(target.dsn))
