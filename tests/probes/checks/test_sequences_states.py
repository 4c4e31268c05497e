"""Sequences as a role sees them that may not read them: a story is told to a superuser."""

from __future__ import annotations

import pytest
from psycopg.conninfo import make_conninfo

from pgaudit.audit.run import Outcome, run_checks
from probes.check import built_in_checks
from tests.pictures import picture_of
from tests.servers import Database

CHECKS = {check.id: check for check in built_in_checks()}


def seen_by(database: Database, role: str, check_id: str) -> Outcome:
    dsn = make_conninfo(database.dsn, user=role)
    catalog = picture_of(dsn)
    return run_checks(catalog, [CHECKS[check_id]])


@pytest.mark.pg
def test_hidden_sequence_is_said_to_be_unreadable_until_the_grant(database: Database) -> None:
    role = f"reader_{database.name}"
    database.execute(
        f"create schema app; create sequence app.numbers maxvalue 100; select setval('app.numbers', 99);"
        f"create role {role} login; grant usage on schema app to {role}"
    )
    try:
        unreadable = seen_by(database, role, "sequences/unreadable").findings
        assert [finding.object.name for finding in unreadable] == ["numbers"]
        exhausted = seen_by(database, role, "sequences/near_exhaustion")
        assert exhausted.findings == ()
        assert [skip.object.name for skip in exhausted.skipped if skip.object] == ["numbers"]
        fix = unreadable[0].fix
        assert fix is not None
        database.execute("; ".join(fix.sql))
        assert seen_by(database, role, "sequences/unreadable").findings == ()
        found = seen_by(database, role, "sequences/near_exhaustion").findings
        assert [finding.object.name for finding in found] == ["numbers"]
    finally:
        database.execute(f"drop owned by {role}; drop role {role}")
