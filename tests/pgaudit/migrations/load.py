"""A table in use: sessions that read and write it, and a watcher that counts whom a deploy keeps waiting.

Nothing is measured by the clock of the test: who waits for whom, and since when, is what the server says.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import LiteralString

import psycopg

from tests.servers import Database

ROWS = 13_500
TABLE: LiteralString = f"""
create function public.slow(key bigint) returns bigint language plpgsql immutable as
    'begin if key % 20 = 0 then perform pg_catalog.pg_sleep(0.002); end if; return key; end';
create table public.orders (id bigint primary key, customer_id bigint, note text) with (fillfactor = 100);
alter table public.orders alter column note set storage plain;
insert into public.orders select n, n, repeat('x', 7900) from generate_series(1, {ROWS}) as n;
"""
"""Above 100 MB, and rows take time: work proportional to the table, however fast the machine is."""
_WRITERS = 3
_READERS = 2
_WRITE: LiteralString = "update public.orders set customer_id = customer_id + 1 where id = 1 + (random() * 200)::int"
_READ: LiteralString = "select count(*) from public.orders where id between 1 and 5"
_PAUSE_S = 0.01
_LOOK: LiteralString = """
select a.pid, a.query_start::text, a.application_name,
    coalesce(extract(epoch from clock_timestamp() - min(l.waitstart)), 0)::float8
from pg_stat_activity as a
left join pg_locks as l on l.pid = a.pid and not l.granted
where a.application_name in ('writer', 'reader') and a.wait_event_type = 'Lock'
    and exists (select from unnest(pg_blocking_pids(a.pid)) as b (pid)
        where b.pid = %(deploy)s or %(deploy)s = any (pg_blocking_pids(b.pid)))
group by a.pid, a.query_start, a.application_name
"""


@dataclass(slots=True)
class Kept:
    """Statements that were seen waiting for the deploy, each once, and the longest that one was seen to have waited."""

    writes: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])
    reads: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])
    longest_s: float = 0.0


@dataclass(slots=True)
class Load:
    """The load while it runs."""

    database: Database
    deploy: psycopg.Connection
    kept: Kept = field(default_factory=Kept)
    done: int = 0
    failed: list[str] = field(default_factory=list[str])
    _stop: threading.Event = field(default_factory=threading.Event)

    def work(self, name: str, statement: LiteralString) -> None:
        """Run a statement again and again."""
        with self.database.connect(application_name=name) as connection:
            while not self._stop.wait(_PAUSE_S):
                try:
                    connection.execute(statement)
                except psycopg.Error as error:
                    self.failed.append(str(error))
                    return
                self.done += 1

    def watch(self) -> None:
        """Count who waits for the deploy."""
        deploy = {"deploy": self.deploy.info.backend_pid}
        with self.database.connect(application_name="watcher") as connection:
            while not self._stop.wait(_PAUSE_S):
                for pid, began, name, waited_s in connection.execute(_LOOK, deploy):
                    (self.kept.writes if name == "writer" else self.kept.reads).add((pid, began))
                    self.kept.longest_s = max(self.kept.longest_s, waited_s)

    def end(self) -> None:
        """Let every thread end after its statement."""
        self._stop.set()


@contextmanager
def under_load(database: Database) -> Iterator[Load]:
    """Readers, writers and a watcher around a deploy, which runs on `deploy` of what is given."""
    with database.connect(application_name="deploy") as deploy:
        load = Load(database, deploy)
        work = [("writer", _WRITE)] * _WRITERS + [("reader", _READ)] * _READERS
        threads = [threading.Thread(target=load.work, args=each) for each in work]
        threads.append(threading.Thread(target=load.watch))
        for thread in threads:
            thread.start()
        try:
            while load.done < len(work) and not load.failed:
                threading.Event().wait(_PAUSE_S)
            yield load
        finally:
            load.end()
            for thread in threads:
                thread.join()
