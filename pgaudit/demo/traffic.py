"""Queries as the marketplace's application sends them, so that counters and statement statistics have a past."""

import math
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg

from pgaudit.demo.host_files import Connection

_BUSY_TENANT = 1
_SLOW_CALLS = 120
"""More than the 100 calls from which a slow statement counts."""
_SLOW_CALL_SECONDS = 0.060
"""Well above the 20 ms from which a statement counts as slow, so that a busy or a quick machine changes nothing."""
_PROBE_ROWS = 4
_PROBES = 4
"""The quickest of them counts: the first is cold, and others may have had the machine to share."""
_MOST_ROWS = 30
_PAGE_VIEWS = 400

INBOX = """
select l.id, l.title, (
    select pg_catalog.count(*) from market.messages as m where m.tenant_id = l.tenant_id and m.listing_id = l.id
) as message_count
from market.listings as l
where l.tenant_id = %(tenant_id)s and l.status = 'active'
order by l.created_at desc
limit %(rows)s
"""
"""Slow: one pass over the tenant's messages for each listing on the page, for want of an index."""

WORKLOAD = """
select u.id, u.full_name, (
    select pg_catalog.count(*) from market.messages as m where m.tenant_id = u.tenant_id and m.handled_by_user_id = u.id
) as handled_count
from market.users as u
where u.tenant_id = %(tenant_id)s
order by u.full_name
limit %(rows)s
"""
"""Slow in the same way, for each member of staff."""

YEARLY_REPORT = """
select pg_catalog.date_trunc('month', m.sent_at) as month, pg_catalog.count(distinct m.sender_contact_id) as senders
from market.messages as m
where m.tenant_id = %(tenant_id)s and m.body ~* 'reserve.*invoice'
group by 1
order by 1
"""
"""As slow as those, but sent three times."""

CONTACT_PAGE = (
    "select c.id, c.name, c.email from market.contacts as c where c.tenant_id = %(tenant_id)s and c.id = %(id)s"
)
"""Sent most often, and quick."""

_LISTING_EDIT = """
update market.listings set updated_at = pg_catalog.now(), price_amount = price_amount + 1
where tenant_id = %(tenant_id)s and id = %(id)s
"""


def run_traffic(dsn: str) -> None:
    """Send the application's queries to the loaded database; about ten seconds, a few once it has been repaired.

    Args:
        dsn: a superuser's connection string; the queries are sent as the application's role.
    """
    with ThreadPoolExecutor(max_workers=2) as pool:
        jobs: list[Callable[[str], None]] = [_open_inboxes, _open_workloads]
        for job in [pool.submit(job, dsn) for job in jobs]:
            job.result()
    _browse(dsn)


def _open_inboxes(dsn: str) -> None:
    with _application(dsn) as connection:
        _repeat(connection, INBOX)


def _open_workloads(dsn: str) -> None:
    with _application(dsn) as connection:
        _repeat(connection, WORKLOAD)


def _repeat(connection: Connection, query: str) -> None:
    quickest = min(_seconds(connection, query, _PROBE_ROWS) for _ in range(_PROBES))
    rows = _rows_for_a_slow_call(quickest / _PROBE_ROWS)
    for _ in range(_SLOW_CALLS):
        _seconds(connection, query, rows)


def _rows_for_a_slow_call(seconds_per_row: float) -> int:
    return min(_MOST_ROWS, max(1, math.ceil(_SLOW_CALL_SECONDS / max(seconds_per_row, 1e-6))))


def _seconds(connection: Connection, query: str, rows: int) -> float:
    started = time.perf_counter()
    connection.execute(query.encode(), {"tenant_id": _BUSY_TENANT, "rows": rows}).fetchall()
    return time.perf_counter() - started


def _browse(dsn: str) -> None:
    with _application(dsn) as connection:
        for _ in range(3):
            connection.execute(YEARLY_REPORT.encode(), {"tenant_id": _BUSY_TENANT}).fetchall()
        for number in range(1, _PAGE_VIEWS + 1):
            connection.execute(CONTACT_PAGE.encode(), {"tenant_id": _BUSY_TENANT, "id": number * 3}).fetchall()
            connection.execute(_LISTING_EDIT.encode(), {"tenant_id": _BUSY_TENANT, "id": number})


@contextmanager
def _application(dsn: str) -> Generator[Connection]:
    # Parameters of a prepared statement would let the plan, and so the time of a call, change in the middle.
    with psycopg.connect(dsn, autocommit=True, application_name="demo-traffic", prepare_threshold=None) as connection:
        connection.execute("set role demo_app")
        connection.execute("select pg_catalog.set_config('app.tenant_id', %s, false)", (str(_BUSY_TENANT),))
        yield connection
