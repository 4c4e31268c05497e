"""Major version without support, or soon to be.

What: The server's major version no longer gets fixes, or will stop getting them within a year.

Why it matters: After its last minor release a major version gets no corrections any more, not for data corruption and
not for security holes that are published for its successors. Managed services upgrade such servers on a day of their
choice, or charge for waiting.

When it is harmless: The server is about to be switched off.

How to fix it safely: Plan the upgrade: read the release notes of every major version between, try pg_upgrade on a copy
with your extensions, and measure its duration. Logical replication makes the change in seconds of downtime. No SQL
statement upgrades a server.

How it is decided: A table of release dates inside pgaudit is compared with the server's own clock at the time of the
scan. Past the end of life is grave; within twelve months of it is moderate.

Known limits: Vendors that keep an old version alive by themselves are not taken into account. A version newer than the
table is not judged.

Sources: https://www.postgresql.org/support/versioning/
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.check import Needs, Thresholds, check
from probes.checks._support.releases import VERSIONING_PAGE, date_of, release_of
from probes.checks._support.server_refs import SERVER
from probes.finding import Advice, Observed, Severity


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    warning_days: int = 365
    """How long before the end of support it is reported."""


@check(
    title="Major version near or past its end of life",
    severity=Severity.HIGH,
    needs=Needs(areas=()),
    thresholds=At,
    sources=(VERSIONING_PAGE,),
)
def major_eol(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield the server when its major version is not, or not for long, supported."""
    release = release_of(catalog.server.major)
    if release is None:
        return
    days_left = (release.end_of_life - date_of(catalog.server.collected_at)).days
    if days_left > at.warning_days:
        return
    verb = "ended" if days_left < 0 else "ends"
    yield Observed(
        object=SERVER,
        message=f"support of PostgreSQL {release.major} {verb} on {release.end_of_life}: no fixes come after that",
        evidence={
            "version": catalog.server.version,
            "end_of_life": release.end_of_life.isoformat(),
            "days_left": days_left,
        },
        remedy=Advice(
            "Upgrade to a newer major version with pg_upgrade or logical replication; no SQL upgrades a server."
        ),
        severity=None if days_left < 0 else Severity.MEDIUM,
        key=(str(release.major),),
    )
