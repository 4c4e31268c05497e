"""Setting that waits for a restart.

What: A setting was changed in a file, and the server goes on with the old value until it is restarted.

Why it matters: Whoever made the change believes that it counts. It will, after the next crash, when nobody has it in
mind and perhaps with a value that does not fit the machine any more.

When it is harmless: The restart is planned for tonight.

How to fix it safely: Restart at a quiet hour, or take the change back: RESET of what ALTER SYSTEM wrote, or the old
line in the file. Then reload.

How it is decided: pending_restart in pg_settings.

Known limits: A value that was changed to and fro between two reloads is not noticed.

Sources: https://www.postgresql.org/docs/current/view-pg-settings.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgSetting
from probes.check import Needs, Thresholds, check
from probes.checks._support.server_refs import setting_ref
from probes.finding import Advice, Observed, Severity


@check(
    title="Setting waits for a restart",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(PgSetting,)),
    sources=("https://www.postgresql.org/docs/current/view-pg-settings.html",),
)
def pending_restart(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each setting that waits."""
    for setting in catalog.rows(PgSetting):
        if setting.pending_restart:
            yield Observed(
                object=setting_ref(setting.name),
                message=f"{setting.name} was changed and waits for a restart: the server runs with the old value",
                evidence={"context": setting.context},
                remedy=Advice("Restart the server at a quiet hour. SQL cannot start it again once it has stopped."),
            )
