"""What a session finds in force when it connects: timeouts of the server, the database and the role."""

from __future__ import annotations

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgSetting

_TIMEOUTS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout")


def timeouts_of(catalog: Catalog | None) -> dict[str, str]:
    """The timeouts that a new session has without a SET, as SET would take them; those that are off are left out.

    They are those of the session that took the catalog. A runner that connects as another role may have others.
    """
    if catalog is None or catalog.absent(PgSetting):
        return {}
    found: dict[str, str] = {}
    for name in _TIMEOUTS:
        setting = catalog.setting(name)
        value = setting.reset_value if setting is not None else None
        if setting is not None and value and value != "0":
            found[name] = f"{value}{setting.unit or ''}"
    return found
