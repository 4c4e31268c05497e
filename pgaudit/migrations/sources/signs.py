"""Names of files by which a tool is known, apart from the modules that read them: looking must not load those."""

from __future__ import annotations

from pathlib import Path

FLYWAY_CONFIGS = ("flyway.toml", "flyway.conf", "conf/flyway.toml", "conf/flyway.conf")
LIQUIBASE_ROOTS = tuple(
    f"{stem}.{suffix}"
    for stem in ("db.changelog-master", "db.changelog-root", "changelog-master", "changelog-root", "changelog", "root")
    for suffix in ("yaml", "yml", "xml", "json", "sql")
)


def drizzle_journal(folder: Path) -> Path:
    """Where the journal of Drizzle's 0.x layout is."""
    return folder / "meta" / "_journal.json"
