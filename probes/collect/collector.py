"""Taking the picture: a Catalog from a connection, without harm (see docs/decisions/collecting.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import psycopg

from probes.catalog.catalog import Absent, Catalog
from probes.catalog.provider import detect_provider
from probes.catalog.rows import ROW_TYPES, Group, Row
from probes.catalog.server import Server
from probes.collect import build
from probes.collect.queries import query
from probes.collect.session import ConnectionLostError, Limits, QueryRefusedError, RecoveryConflictError, Session
from probes.collect.state import STATE_TYPES, StateReader
from probes.collect.structure import STRUCTURE_TYPES, Areas, StructureReader, read_area
from probes.memory import without_garbage_collection

Connect = Callable[[], "psycopg.Connection[Any]"]
Progress = Callable[[str], None]


class Picture(msgspec.Struct, frozen=True):
    """What collecting gave: the catalog, and why it is incomplete if the server went away half way."""

    catalog: Catalog
    interrupted: str | None
    structure_queries: int
    state_queries: int


class Collector:
    """Takes one picture. After an interruption `catalog_so_far` still has what was read."""

    def __init__(self, connect: Connect, limits: Limits | None = None, progress: Progress | None = None) -> None:
        self._connect = connect
        self._limits = limits or Limits()
        self._progress = progress or _unheard
        self._server: Server | None = None
        self._methods: dict[int, str] = {}
        self._areas: Areas = {}
        self._reader: StructureReader | None = None
        """One that did not come to its end: what it read stands if nothing better follows."""
        self._structure_queries = 0
        self._state_queries = 0

    def collect(self, *, dictionaries: bool = False, only: Iterable[type[Row]] | None = None) -> Picture:
        """The picture. A lost connection or a standby's recovery conflict is retried once, then reported in it.

        Args:
            dictionaries: Whether operator classes, casts and the like are wanted too.
            only: Server state areas to read; all of them by default. The structure is always read whole.

        Raises:
            ConnectionLostError: Nothing at all could be read.
        """
        wanted = set(STATE_TYPES if only is None else only)
        interrupted: str | None = None
        with without_garbage_collection():
            for attempt in (1, 2):
                try:
                    self._attempt(wanted, dictionaries=dictionaries)
                except (ConnectionLostError, RecoveryConflictError) as lost:
                    interrupted = str(lost)
                    if attempt == 2 and self._server is None:  # noqa: PLR2004 - the second attempt is the last
                        raise
                else:
                    interrupted = None
                    break
        return Picture(self.catalog_so_far(interrupted), interrupted, self._structure_queries, self._state_queries)

    def catalog_so_far(self, why: str | None = "the scan was interrupted") -> Catalog:
        """The catalog of what was read until now. Raises ConnectionLostError where that is nothing."""
        if self._server is None:
            raise ConnectionLostError(why or "nothing was read")
        missing = Absent(f"the scan was interrupted: {why}" if why else "it was not asked for")
        partly = self._reader.built(missing) if self._reader else {}
        areas = {row_type: self._areas.get(row_type, partly.get(row_type, missing)) for row_type in ROW_TYPES}
        return Catalog(self._server, areas)

    def _attempt(self, wanted: set[type[Row]], *, dictionaries: bool) -> None:
        with self._connection() as connection:
            session = Session(connection, self._limits)
            if self._server is None:
                self._server, self._methods = read_server(session)
            if not all(row_type in self._areas for row_type in STRUCTURE_TYPES):
                self._read_structure(session, dictionaries=dictionaries)
            self._read_state(session, wanted)

    def _connection(self) -> psycopg.Connection[Any]:
        try:
            return self._connect()
        except Exception as error:  # the caller's own kind of error: what was read must not be lost
            if self._server is None:
                raise
            raise ConnectionLostError(str(error).partition("\n")[0]) from error

    def _read_structure(self, session: Session, *, dictionaries: bool) -> None:
        assert self._server is not None  # noqa: S101 - read just before
        before = session.statements
        lock_timeout_ms = self._limits.deparse_lock_timeout_ms
        reader = StructureReader(session, superuser=self._server.superuser, access_methods=self._methods)
        found: Areas = {}
        try:
            with session.transaction(repeatable_read=True, lock_timeout_ms=lock_timeout_ms):
                reader.read(self._progress)
                for row_type in ROW_TYPES:
                    if dictionaries and row_type.group is Group.DICTIONARY:
                        found[row_type] = _plain_area(session, row_type)
        except BaseException:
            if self._reader is None or self._reader.areas_read <= reader.areas_read:
                self._reader = reader
            raise
        self._structure_queries += session.statements - before
        self._progress("building")  # after the transaction: it holds back vacuum
        self._areas.update(found | reader.built(Absent("it was not read")))
        self._reader = None

    def _read_state(self, session: Session, wanted: set[type[Row]]) -> None:
        assert self._server is not None  # noqa: S101 - read just before
        reader = StateReader(session, self._connection, self._server, self._areas)
        before = session.statements
        for row_type in STATE_TYPES:
            if row_type in wanted and row_type not in self._areas:
                self._progress(row_type.area)
                self._areas[row_type] = reader.read(row_type)
        self._state_queries += session.statements - before


def read_server(session: Session) -> tuple[Server, dict[int, str]]:
    """The facts about the server, and the names of its access methods by oid."""
    try:
        with session.transaction(repeatable_read=False):
            columns, rows = session.query(query("server", session.connection.info.server_version // 10000))
    except QueryRefusedError as refused:
        raise ConnectionLostError(f"the server does not say what it is: {refused.absent.reason}") from refused
    facts = dict(zip(columns, rows[0], strict=True))
    methods = {int(oid): name for oid, name in (line.split(" ", 1) for line in facts.pop("access_methods"))}
    provider = detect_provider(
        setting_prefixes=facts.pop("setting_prefixes"),
        roles=facts.pop("role_names"),
        schemas=facts.pop("marker_schemas"),
        host=session.connection.info.host or "",
    )
    facts["provider"] = provider.value if provider.is_managed else None
    return Server(**facts), methods


def _plain_area(session: Session, row_type: type[Row]) -> tuple[Row, ...] | Absent:
    raw = read_area(session, row_type)
    return raw if isinstance(raw, Absent) else build.make(row_type, raw)


def collect(connect: Connect, limits: Limits | None = None, progress: Progress | None = None) -> Picture:
    """The picture of the database that `connect` connects to."""
    return Collector(connect, limits, progress).collect()


def _unheard(_area: str) -> None:
    """Progress that nobody asked for."""
