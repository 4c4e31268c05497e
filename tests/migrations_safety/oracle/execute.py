"""Putting a database into the state of a case, and executing its statements."""

import psycopg
from psycopg import Connection

from tests.migrations_safety.oracle.model import Case, World

ROLES = ("oracle_role", "oracle_owner")
TABLESPACE = "oracle_space"


def prepare_cluster(connection: Connection) -> None:
    """Create the roles and the tablespace that cases mention, where missing. Needs an autocommit connection."""
    have = {name for (name,) in connection.execute("select rolname from pg_catalog.pg_roles").fetchall()}
    for role in ROLES:
        if role not in have:
            connection.execute(f"create role {role}".encode())
    spaces = connection.execute("select 1 from pg_catalog.pg_tablespace where spcname = %s", (TABLESPACE,)).fetchall()
    if not spaces:
        connection.execute("set allow_in_place_tablespaces = on")
        connection.execute(f"create tablespace {TABLESPACE} location ''".encode())


def prepare(case: Case | World, connection: Connection) -> None:
    """Put an empty database into the state before the case. The cluster must have been prepared.

    A temporary table lives in this connection only.
    """
    world = case.world if isinstance(case, Case) else case
    connection.execute(world.sql.encode())


def execute(case: Case, connection: Connection) -> psycopg.Error | None:
    """Execute the statements one after the other on the connection as it is, and return the error of the first refused.

    The caller decides on the transaction: begin before and roll back after, to try many cases in one database.
    """
    for statement in case.statements:
        try:
            connection.execute(statement.encode())
        except psycopg.Error as error:
            return error
    return None
