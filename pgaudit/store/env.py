"""How Alembic runs the store's versions: on the connection that it is given, in the transaction that is open there."""

from __future__ import annotations

from typing import Any

from alembic import context

from pgaudit.store.models import Base
from pgaudit.store.naming import VERSION_TABLE


def _run() -> None:
    given = context.config.attributes
    where: dict[str, Any] = (
        {"connection": given["connection"]}
        if given["connection"] is not None
        else {"dialect_name": given["dialect"], "literal_binds": True}  # --sql
    )
    context.configure(
        **where,
        target_metadata=Base.metadata,
        version_table=VERSION_TABLE,
        transactional_ddl=True,  # in SQLite too: we open the transaction, not the driver
        render_as_batch=given["dialect"] == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
