"""Tablespace inside the data directory.

What: The location of a tablespace lies below the server's data directory.

Why it matters: A tablespace is there to put files on another disk; this one does not. pg_basebackup copies its files
twice or fails on them, the server warns when it is made, and a clean-up of the data directory by hand takes it along.

When it is harmless: In-place tablespaces of a test server.

How to fix it safely: Make a tablespace elsewhere, move what is in this one (ALTER TABLE ALL IN TABLESPACE ... SET
TABLESPACE copies every file under exclusive locks), and drop it empty.

How it is decided: pg_tablespace_location() is relative, or begins with the setting data_directory. The built-in
tablespaces have no location.

Known limits: Symbolic links are not followed. Without pg_read_all_settings the data directory is not visible and
tablespaces with an absolute location count as not checked.

Sources: https://www.postgresql.org/docs/current/manage-ag-tablespaces.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgSetting, PgTablespace
from probes.check import Needs, Unchecked, check
from probes.finding import Advice, ObjectRef, Observed, Severity


@check(
    title="Tablespace inside the data directory",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(PgTablespace, PgSetting)),
    sources=("https://www.postgresql.org/docs/current/manage-ag-tablespaces.html",),
)
def tablespace_in_pgdata(catalog: Catalog, at: object) -> Iterator[Observed | Unchecked]:  # noqa: ARG001
    """Yield each tablespace whose files lie below the data directory."""
    setting = catalog.setting("data_directory")
    for row in catalog.rows(PgTablespace):
        ref = ObjectRef("tablespace", row.name)
        if not row.location:
            continue
        if row.location.startswith("/") and setting is None:
            yield Unchecked(ref, "data_directory is not visible", "pg_read_all_settings")
        elif _is_inside(row.location, setting.value if setting else ""):
            yield Observed(
                object=ref,
                message=f"tablespace {row.name} lies inside the data directory: backups stumble over it",
                evidence={"is_relative": not row.location.startswith("/")},
                remedy=Advice(
                    "Create a tablespace on another file system, move its tables and indexes there and drop it. SQL "
                    "cannot make the directory, and when the files can be copied depends on who uses them."
                ),
            )


def _is_inside(location: str, data_directory: str) -> bool:
    if not location.startswith("/"):
        return True
    return bool(data_directory) and location.startswith(data_directory.rstrip("/") + "/")
