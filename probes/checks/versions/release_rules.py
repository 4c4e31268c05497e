"""The server's version, as rows of data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import (
    AvailableExtension,
    PgExtension,
    PgSetting,
    PreparedTransaction,
    ReplicationSlot,
)
from probes.check import Thresholds
from probes.checks._support.releases import VERSIONING_PAGE, release_of
from probes.checks._support.rules import Rule, check_of
from probes.checks._support.server_refs import SERVER
from probes.checks._support.setting_rules import value_of
from probes.finding import Advice, ObjectRef, Observed, Severity

_UPGRADE = "https://www.postgresql.org/docs/current/pgupgrade.html"


def _minor(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    release = release_of(catalog.server.major)
    minor = catalog.server.version_num % 10_000
    if release and minor < release.latest_minor and not _is_prerelease(catalog):
        yield Observed(
            object=SERVER,
            message=(
                f"PostgreSQL {catalog.server.major}.{minor} lacks {release.latest_minor - minor} minor releases: "
                f"{release.major}.{release.latest_minor} came out on {release.latest_released}"
            ),
            evidence={"version": catalog.server.version, "latest_minor": release.latest_minor},
            remedy=Advice(
                "Install the new packages and restart; no SQL does that. Read the release notes for what to reindex."
            ),
            key=(str(release.major),),
        )


def _is_prerelease(catalog: Catalog) -> bool:
    return re.search(r"\d(devel|alpha|beta|rc)\d*", catalog.server.version) is not None


def _prerelease(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    if _is_prerelease(catalog):
        yield Observed(
            object=SERVER,
            message=(
                f"PostgreSQL {catalog.server.version} is no release: its data files may not be readable by the "
                "next build"
            ),
            evidence={"version": catalog.server.version},
            remedy=Advice("Dump the databases and load them into a released version; no SQL turns one into the other."),
        )


def _blockers(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    prepared = len(catalog.rows(PreparedTransaction))
    if prepared:
        yield Observed(
            object=SERVER,
            message=f"{prepared} prepared transactions stand in the way: pg_upgrade refuses them",
            evidence={"prepared_transactions": prepared},
            remedy=Advice("Finish them before the upgrade: see sessions/prepared_transactions for how."),
            key=("prepared transactions",),
        )
    logical = [slot.name for slot in catalog.rows(ReplicationSlot) if slot.type == "logical" and not slot.temporary]
    if logical and catalog.server.version_num < 170_000:
        yield Observed(
            object=SERVER,
            message=f"{len(logical)} logical slots will not survive pg_upgrade from a version before 17",
            evidence={"slots": tuple(logical)},
            remedy=Advice(
                "Plan to drop and make them anew, with their subscribers stopped; that is a plan, not a statement."
            ),
            key=("logical slots",),
        )
    checksums = catalog.setting("data_checksums")
    if checksums and value_of(checksums) == "off" and catalog.server.version_num < 180_000:
        yield Observed(
            object=SERVER,
            message="initdb of 18 switches checksums on, and pg_upgrade wants both clusters alike",
            evidence={"data_checksums": "off"},
            remedy=Advice("Run initdb with --no-data-checksums, or enable checksums here first with pg_checksums."),
            severity=Severity.INFO,
            key=("checksums",),
        )


def _without_files(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    offered = {row.name: row for row in catalog.rows(AvailableExtension)}
    for row in catalog.rows(PgExtension):
        known = offered.get(row.name)
        if known is None:
            yield Observed(
                object=ObjectRef("extension", row.name),
                message=f"extension {row.name} is installed, and the server's disk has no files of it any more",
                evidence={"installed_version": row.version},
                remedy=Advice(
                    "Install its package for this major version, or drop it; neither the files nor the choice is SQL."
                ),
                severity=Severity.HIGH,
            )


_RULES = (
    Rule(
        id="versions/minor_outdated",
        title="A newer minor release is out",
        severity=Severity.HIGH,
        areas=(),
        judge=_minor,
        what="The server runs an older minor release than the newest that pgaudit knows of.",
        why="Minor releases hold nothing but corrections, of security holes and lost data among them, and the holes "
        "are public from the day of the release.",
        harmless="The release came out this week and the upgrade is planned.",
        fix="Standbys first, then the primary: packages, restart, done. Files stay as they are.",
        decided="A table inside pgaudit, as of May 2026, against the server's version.",
        limits="Releases after that date are not known. Vendors may carry corrections under an old number.",
        source=VERSIONING_PAGE,
    ),
    Rule(
        id="versions/prerelease",
        title="The server is no release",
        severity=Severity.HIGH,
        areas=(),
        judge=_prerelease,
        what="The version is a development build, a beta or a release candidate.",
        why="Such builds have known faults, and from one to the next the files may change.",
        harmless="It was set up to try the next version.",
        fix="Set up a server of a release, copy with its pg_dump, and move the clients. Builds between a beta and the "
        "release are not promised to read each other's files.",
        decided="devel, alpha, beta or rc behind the number.",
        limits="Builds from a patched source look like releases.",
        source="https://www.postgresql.org/developer/beta/",
    ),
    Rule(
        id="versions/upgrade_blockers",
        title="What pg_upgrade will trip over",
        severity=Severity.LOW,
        areas=(PreparedTransaction, ReplicationSlot, PgSetting),
        judge=_blockers,
        what="Prepared transactions, logical slots, or another default for checksums.",
        why="The upgrade stops at its check, in the maintenance window, when there is no time to think.",
        harmless="No upgrade is planned, or it goes by logical replication.",
        fix="Each finding names its own way; pg_upgrade --check on a copy finds the rest.",
        decided="Rows of pg_prepared_xacts, permanent logical slots on a server before "
        "17, and data_checksums that are off on one before 18.",
        limits="Types that stand in the way are the matter of schema/type_blocks_pg_upgrade, in each database by "
        "itself.",
        source=_UPGRADE,
    ),
    Rule(
        id="extensions/files_missing",
        title="Extension without its files",
        severity=Severity.HIGH,
        areas=(PgExtension, AvailableExtension),
        judge=_without_files,
        what="An extension is installed in the database, but the server has no control file for it.",
        why="Functions of it fail when they are called, a dump cannot be restored, and pg_upgrade stops.",
        harmless="A package was removed by mistake minutes ago.",
        fix="Install the package that fits the server's major version.",
        decided="Installed extensions against what the server offers.",
        limits="A control file without its library is not noticed.",
        source="https://www.postgresql.org/docs/current/extend-extensions.html",
    ),
)

CHECKS = tuple(check_of(rule) for rule in _RULES)
