"""Rules on locks that need facts of a running server, which no example on a page can state."""

import msgspec

from migrations_safety.judging import Judging, Verdict
from migrations_safety.rule import Profile
from migrations_safety.script.model import ScriptText
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Timeline
from probes.catalog.catalog import Catalog
from probes.catalog.rows import Lock, PgClass, PgIndex, PreparedTransaction, Session
from tests.migrations_safety.examples import given_catalog

MAJOR = 18
GIVEN = "create table orders (id bigint, note text);\ncreate index orders_note on orders (note);"
BUILD = "create index concurrently orders_id on orders (id)"


def said(sql: str, catalog: Catalog, rule: str) -> list[Verdict]:
    timeline, judging = Timeline(catalog, MAJOR), Judging(Profile.PEDANTIC)
    found: list[Verdict] = []
    step = None
    for step in timeline.steps(read_script([ScriptText(file="a.sql", content=sql.encode())])):
        with timeline.before():
            found += judging.judge(step)
    found += judging.judge_script(step)
    assert not judging.failed
    return [verdict for verdict in found if verdict.rule.id == rule]


def session(database: str, age_seconds: float | None, *, snapshot: bool = True) -> Session:
    return Session(
        pid=1,
        database=database,
        role=10,
        application_name="app",
        backend_type="client backend",
        state="idle in transaction",
        wait_event_type=None,
        wait_event=None,
        backend_age_seconds=900.0,
        transaction_age_seconds=age_seconds,
        query_age_seconds=None,
        state_age_seconds=None,
        xid_age=None,
        xmin_age_xids=100 if snapshot else None,
        is_remote=True,
        uses_tls=False,
        blocked_by=(),
        visible=True,
    )


def test_invalid_index_that_if_not_exists_would_keep_is_reported() -> None:
    catalog = given_catalog(GIVEN, MAJOR)
    broken = tuple(msgspec.structs.replace(row, valid=False) for row in catalog.rows(PgIndex))
    sql = "create index concurrently if not exists orders_note on orders (note)"
    assert said(sql, catalog.replacing({PgIndex: broken}), "invalid-index-retry")
    assert not said(sql, catalog, "invalid-index-retry")


def test_concurrent_build_is_said_to_wait_for_a_transaction_that_is_open_for_minutes() -> None:
    catalog = given_catalog(GIVEN, MAJOR)
    here = catalog.server.database
    old = catalog.replacing({Session: (session(here, 600.0),), PreparedTransaction: ()})
    (verdict,) = said(BUILD, old, "concurrent-build-waits-on-old-tx")
    assert "600 seconds" in verdict.flag.message


def test_short_transactions_and_those_of_other_databases_are_no_reason_to_wait_long() -> None:
    catalog = given_catalog(GIVEN, MAJOR)
    here = catalog.server.database
    quiet = (session(here, 2.0), session(here, None), session(f"{here}_other", 600.0))
    found = catalog.replacing({Session: quiet, PreparedTransaction: ()})
    assert not said(BUILD, found, "concurrent-build-waits-on-old-tx")


def test_session_without_a_snapshot_is_waited_for_where_somebody_has_locked_the_table() -> None:
    catalog = given_catalog(GIVEN, MAJOR)
    idle = (session(catalog.server.database, 600.0, snapshot=False),)
    quiet = catalog.replacing({Session: idle, PreparedTransaction: (), Lock: ()})
    assert not said(BUILD, quiet, "concurrent-build-waits-on-old-tx")
    (verdict,) = said(BUILD, quiet.replacing({Lock: (lock_on_orders(catalog),)}), "concurrent-build-waits-on-old-tx")
    assert "if it has used the table" in verdict.flag.message


def test_prepared_transaction_is_waited_for_where_somebody_has_locked_the_table() -> None:
    catalog = given_catalog(GIVEN, MAJOR)
    prepared = PreparedTransaction(database=catalog.server.database, owner="app", age_seconds=5.0, xid_age=3)
    quiet = catalog.replacing({Session: (), PreparedTransaction: (prepared,), Lock: ()})
    assert not said(BUILD, quiet, "concurrent-build-waits-on-old-tx")
    used = quiet.replacing({Lock: (lock_on_orders(catalog),)})
    assert said(BUILD, used, "concurrent-build-waits-on-old-tx")


def lock_on_orders(catalog: Catalog) -> Lock:
    table = next(row for row in catalog.rows(PgClass) if row.name == "orders")
    return Lock(relation=table.oid, mode="RowExclusiveLock", granted=True, count=1, longest_wait_seconds=None)


def test_plain_build_waits_for_nobody_who_is_idle() -> None:
    catalog = given_catalog(GIVEN, MAJOR)
    old = catalog.replacing({Session: (session(catalog.server.database, 600.0),), PreparedTransaction: ()})
    assert not said("create index orders_id on orders (id)", old, "concurrent-build-waits-on-old-tx")
