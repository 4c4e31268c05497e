"""A client that has forgotten its transaction, held open for as long as the demo looks at it."""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg

IDLE_IN_TRANSACTION = "demo-checkout"
"""application_name of the session that is the fault."""
IDLE = "demo-pool"
"""application_name of a session that is idle as pooled ones are, which is none."""


@contextmanager
def hold_open_transaction(dsn: str) -> Generator[int]:
    """Hold a session idle in transaction, and beside it one that is merely idle; yields the first one's process ID.

    Args:
        dsn: a superuser's connection string to the loaded database.
    """
    with (
        psycopg.connect(dsn, application_name=IDLE, autocommit=True) as pooled,
        psycopg.connect(dsn, application_name=IDLE_IN_TRANSACTION) as forgetful,
    ):
        pooled.execute("select 1")
        forgetful.execute("select c.id from market.carts as c order by c.id limit 1 for update")
        try:
            yield forgetful.info.backend_pid
        finally:
            forgetful.rollback()
