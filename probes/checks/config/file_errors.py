"""Configuration file with a line that the server cannot use.

What: A line of postgresql.conf, of a file it includes, of postgresql.auto.conf or of pg_hba.conf is in error.

Why it matters: The server runs on with what it read before, so nobody notices. A bad line in pg_hba.conf makes every
reload of that file fail: no change to it takes effect any more. A bad line in the others is refused at every reload,
and the next start, perhaps after a crash at night, fails.

When it is harmless: Never; the file does not say what somebody meant it to say.

How to fix it safely: Correct the line, look at pg_hba_file_rules and pg_file_settings until neither shows an error,
then reload. What ALTER SYSTEM wrote is undone by ALTER SYSTEM RESET; the other files lie outside of SQL.

How it is decided: The server parses the files as they are now and says what it cannot use. A setting that merely waits
for a restart carries the same error text as a bad one; it is told apart by pending_restart and left to
config/pending_restart. A line that a later one overrides has no error.

Known limits: Files are seen as the server's process can read them at this moment.

Sources: https://www.postgresql.org/docs/current/view-pg-file-settings.html
https://www.postgresql.org/docs/current/view-pg-hba-file-rules.html
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgFileSetting, PgHbaRule, PgSetting
from probes.check import Needs, Thresholds, check
from probes.finding import Advice, Fix, ObjectRef, Observed, Severity

_WRITTEN_BY_SQL = "postgresql.auto.conf"


@check(
    title="Error in a configuration file",
    severity=Severity.HIGH,
    needs=Needs(areas=(PgFileSetting, PgHbaRule, PgSetting)),
    sources=(
        "https://www.postgresql.org/docs/current/view-pg-file-settings.html",
        "https://www.postgresql.org/docs/current/view-pg-hba-file-rules.html",
    ),
)
def file_errors(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each line that is in error."""
    for rule in catalog.rows(PgHbaRule):
        if rule.error:
            file = rule.file_name or "pg_hba.conf"
            yield Observed(
                object=ObjectRef("hba rule", f"{file}: {rule.error}"),
                message=f"{file}:{rule.line} is in error ({rule.error}): the file cannot be reloaded",
                evidence={"file": file, "line": rule.line},
                remedy=Advice(
                    "Correct the line and reload. The file lies outside of SQL, so no statement can change it."
                ),
            )
    for line in catalog.rows(PgFileSetting):
        if line.error and not _waits_for_restart(catalog, line):
            yield _observed(line)


def _waits_for_restart(catalog: Catalog, line: PgFileSetting) -> bool:
    """What only a start can change reads as in error too until then, and the server does not tell the two apart."""
    setting = catalog.setting(line.name) if line.name else None
    return setting is not None and (setting.pending_restart or setting.context == "postmaster")


def _observed(line: PgFileSetting) -> Observed:
    file = posixpath.basename(line.file_name or "")
    place = f"{file}:{line.line}" if file else "a configuration file"
    return Observed(
        object=ObjectRef("setting", line.name or file),
        message=f"{place} is in error ({line.error}): it has no effect now, and the next start may fail",
        evidence={"file": file or None, "line": line.line},
        remedy=_remedy(line, file),
        key=(line.error or "",),
    )


def _remedy(line: PgFileSetting, file: str) -> Fix | Advice:
    if file == _WRITTEN_BY_SQL and line.name:
        name = ".".join(map(quoted, line.name.split(".")))
        return Fix(
            sql=(f"alter system reset {name}", "select pg_catalog.pg_reload_conf()"),
            changes=("pg_settings", "pg_file_settings"),
            transactional=False,
            note="The setting goes back to what the other files or the default say.",
        )
    return Advice("Correct the line and reload. The file lies outside of SQL, so no statement can change it.")
