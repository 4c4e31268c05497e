"""Every check's story, told on real servers of every major version."""

from __future__ import annotations

import msgspec
import pytest
from packaging.specifiers import SpecifierSet

from pgaudit.audit.run import Outcome, Policy, run_checks
from probes.catalog.catalog import Absent, Catalog
from probes.catalog.rows import Group
from probes.check import built_in_checks
from probes.finding import Finding
from tests.pictures import aged, picture_of
from tests.probes.checks.stories import Section, all_sections
from tests.servers import Database
from tests.waiting import wait_for_counters

CHECKS = {check.id: check for check in built_in_checks()}
SECTIONS = list(all_sections())


def look(database: Database, section: Section) -> Catalog:
    """The picture, of the server's state only what the check asks for; with old counters if the story has them."""
    if section.counters_days:
        wait_for_counters(database)
    catalog = picture_of(database.dsn, only=CHECKS[section.check].needs.areas)
    return aged(catalog, days=section.counters_days) if section.counters_days else catalog


def run(catalog: Catalog, section: Section) -> Outcome:
    check = CHECKS[section.check]
    thresholds = msgspec.convert(section.thresholds, check.thresholds, strict=False)
    outcome = run_checks(catalog, [check], Policy(thresholds={check.id: thresholds}))
    assert not outcome.failed, outcome.failed
    return outcome


def told(finding: Finding) -> str:
    return f"{finding.object.kind} {finding.object}"


def tables_and_rows(database: Database) -> dict[int, int]:
    """Rows of each table, by the oid of the table: a fix may rename it."""
    with database.connect() as connection:
        tables = connection.execute(
            "select oid::int8, oid::regclass::text from pg_class where relkind in ('r', 'p') and oid >= 16384"
        ).fetchall()
        counts = {oid: connection.execute(f"select count(*) from {name}").fetchone() for oid, name in tables}
    return {oid: row[0] for oid, row in counts.items() if row}


def areas_that_differ(before: Catalog, after: Catalog) -> set[str]:
    """Structure areas whose rows changed beyond oids of objects that were made anew, sizes and ages."""
    found: set[str] = set()
    for row_type, rows in before.areas():
        if row_type.group is Group.STRUCTURE and not isinstance(rows, Absent):
            old = {_lasting(row) for row in rows}
            new = {_lasting(row) for row in after.rows(row_type)}
            if old != new:
                found.add(row_type.area)
    return found


_MOVING = {"pages", "tuples", "all_visible_pages", "frozen_age_xids", "min_multixact_age", "toast_pages"}
_MOVING |= {"toast_frozen_age_xids"}


def _lasting(row: object) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in row.__struct_fields__ if name not in _MOVING)  # type: ignore[attr-defined]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
@pytest.mark.pg
def test_story(section: Section, database: Database) -> None:
    if section.server and not SpecifierSet(section.server.replace(" ", "")).contains(str(database.major)):
        return  # the feature is not in this version; the story says so
    database.execute("create schema story")
    try:
        for script in section.scripts:
            database.execute(script)
        if section.kind == "bad":
            tell_bad(section, database)
        else:
            outcome = run(look(database, section), section)
            assert outcome.checked, outcome.skipped
            assert [told(finding) for finding in outcome.findings] == []
    finally:
        if section.cleanup:
            database.execute(section.cleanup)


def tell_bad(section: Section, database: Database) -> None:
    before = look(database, section)
    outcome = run(before, section)
    assert outcome.checked, outcome.skipped
    assert sorted(told(finding) for finding in outcome.findings) == sorted(
        line.replace("{database}", database.name) for line in section.expected
    )
    rows = tables_and_rows(database)
    declared = apply_fixes(section, database, outcome)
    after = look(database, section)
    assert [told(finding) for finding in run(after, section).findings] == []
    if section.repaired:
        return
    assert areas_that_differ(before, after) <= declared
    kept = tables_and_rows(database)
    assert {oid: kept.get(oid) for oid in rows} == rows, "a fix lost rows"


def apply_fixes(section: Section, database: Database, outcome: Outcome) -> set[str]:
    """Run the check's own fixes, or the story's repair where it can only advise; the areas they may change."""
    if section.repaired:
        assert all(finding.fix is None for finding in outcome.findings), "a story repairs only what has no fix"
        for script in section.repairs:
            database.execute(script)
        return set()
    declared: set[str] = set()
    with database.connect() as connection:
        for finding in outcome.findings:
            assert finding.fix is not None, f"{finding.check} has no fix and its story no `-- repaired`"
            declared |= set(finding.fix.changes)
            for statement in finding.fix.sql:
                connection.execute(statement)
    return declared
