"""Taking server state: counters, sessions, settings; each area in a short transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

import psycopg

from probes.catalog.catalog import Absent
from probes.catalog.rows import (
    ROW_TYPES,
    ColumnStatistics,
    Group,
    PgAttribute,
    PgClass,
    PgFileSetting,
    PgHbaRule,
    PgNamespace,
    PgSequence,
    PgSetting,
    PgSubscription,
    Row,
    SequenceUse,
    Statement,
    StatementsInfo,
    WalDirectory,
    WalReceiver,
)
from probes.catalog.server import Server
from probes.collect import build
from probes.collect.build import Raw
from probes.collect.masking import masked_message, masked_setting, masked_statement
from probes.collect.sequences import read_sequence_use
from probes.collect.session import FOREIGN_TEXT, Session
from probes.collect.structure import Areas, read_area

STATE_TYPES: tuple[type[Row], ...] = tuple(t for t in ROW_TYPES if t.group is Group.STATE)

_NO_PRIVILEGE_TEXT = "<insufficient privilege>"
_FORGET_FOREIGN_STATEMENTS = "pg_stat_statements_reset(0, OID) with the oid of the database where that statement ran"

# What would bring an area that was refused, where it is more than being told.
NEEDS: dict[type[Row], str] = {
    PgHbaRule: "GRANT SELECT ON pg_hba_file_rules and GRANT EXECUTE ON FUNCTION pg_hba_file_rules(), by a superuser",
    PgFileSetting: (
        "GRANT SELECT ON pg_file_settings and GRANT EXECUTE ON FUNCTION pg_show_all_file_settings(), by a superuser"
    ),
    WalDirectory: "membership in pg_monitor",
    PgSubscription: "a superuser, or pg_monitor where it may see pg_subscription",
}


class StateReader:
    """Reads the state areas of a database, one transaction each."""

    def __init__(
        self, session: Session, connect: Callable[[], psycopg.Connection[Any]], server: Server, structure: Areas
    ) -> None:
        self._connect = connect
        self._session = session
        self._server = server
        self._structure = structure

    def read(self, row_type: type[Row]) -> tuple[Row, ...] | Absent:
        """The rows of one area, or why there are none."""
        special = self._special.get(row_type)
        if special:
            return special()
        with self._session.transaction(repeatable_read=False):
            raw = read_area(self._session, row_type)
        if isinstance(raw, Absent):
            return Absent(raw.reason, raw.needs or NEEDS.get(row_type))
        if row_type in {PgHbaRule, PgFileSetting}:
            raw = raw.mapping("error", masked_message)
        return build.make(row_type, raw)

    @property
    def _special(self) -> Mapping[type[Row], Callable[[], tuple[Row, ...] | Absent]]:
        """What reads the areas that take more than a query; made anew each time, for kept it would be a circle."""
        return {
            PgSetting: self._settings,
            Statement: self._statements,
            StatementsInfo: self._statements_info,
            WalReceiver: self._wal_receiver,
            SequenceUse: self._sequence_use,
            ColumnStatistics: self._column_statistics,
        }

    def _settings(self) -> tuple[Row, ...] | Absent:
        """As the session found them: our own, which other areas are read under, are nobody's business."""
        with self._session.transaction(repeatable_read=False, settings=False):
            raw = read_area(self._session, PgSetting)
        if isinstance(raw, Absent):
            return raw
        names = raw.column("name")
        masked = {
            column: list(map(masked_setting, names, raw.column(column)))
            for column in ("value", "boot_value", "reset_value")
        }
        return build.make(PgSetting, raw.adding(masked))

    def _statements(self) -> tuple[Row, ...] | Absent:
        raw = self._of_statements(Statement)
        if isinstance(raw, Absent):
            return raw
        return build.make(Statement, raw.mapping("text", _masked_text))

    def _statements_info(self) -> tuple[Row, ...] | Absent:
        raw = self._of_statements(StatementsInfo)
        return raw if isinstance(raw, Absent) else build.make(StatementsInfo, raw)

    def _of_statements(self, row_type: type[Row]) -> Raw | Absent:
        schema = self._server.statements_schema
        if schema is None:
            return Absent("pg_stat_statements is not installed in this database", "CREATE EXTENSION pg_stat_statements")
        with self._session.transaction(repeatable_read=False):
            raw = read_area(self._session, row_type, statements_schema=schema)
        if isinstance(raw, Absent) and raw.reason.startswith(FOREIGN_TEXT):  # the view converts those of all databases
            return Absent(raw.reason, _FORGET_FOREIGN_STATEMENTS)
        return raw

    def _wal_receiver(self) -> tuple[Row, ...] | Absent:
        """A primary receives nothing: an empty area, and no query."""
        if not self._server.in_recovery:
            return ()
        with self._session.transaction(repeatable_read=False):
            raw = read_area(self._session, WalReceiver)
        return raw if isinstance(raw, Absent) else build.make(WalReceiver, raw)

    def _sequence_use(self) -> tuple[Row, ...] | Absent:
        known = self._structure.get(PgSequence)
        if not isinstance(known, tuple):
            return known or Absent("sequences were not collected")
        oids = [row.relation for row in known if isinstance(row, PgSequence)]
        return read_sequence_use(self._session, self._connect, self._server, oids)

    def _column_statistics(self) -> tuple[Row, ...] | Absent:
        with self._session.transaction(repeatable_read=False):
            raw = read_area(self._session, ColumnStatistics)
        if isinstance(raw, Absent):
            return raw
        if not raw.rows and not self._server.superuser and self._was_analysed():
            return Absent("our role may not read any table", "SELECT on the tables, or membership in pg_read_all_data")
        schema, table, column = (raw.position(c) for c in ("schema", "table", "column"))
        found = self._columns_by_name({(row[schema], row[table]) for row in raw.rows})
        if isinstance(found, Absent):
            return found
        rows: list[Row] = []
        for row in raw.rows:
            relation, numbers = found.get((row[schema], row[table]), (0, {}))
            if row[column] in numbers:
                rows.append(ColumnStatistics(relation, numbers[row[column]], *row[column + 1 :]))
        return tuple(rows)

    def _was_analysed(self) -> bool:
        """Whether there must be statistics, visible to us or not."""
        relations = self._structure.get(PgClass)
        return isinstance(relations, tuple) and any(
            row.tuples > 0 for row in relations if isinstance(row, PgClass) and row.kind in "rm"
        )

    def _columns_by_name(
        self, wanted: Container[tuple[str, str]]
    ) -> Mapping[tuple[str, str], tuple[int, dict[str, int]]] | Absent:
        """Of each wanted relation, by schema and name, its oid and the numbers of its columns by name."""
        areas: dict[type[Row], tuple[Row, ...]] = {}
        for row_type in (PgNamespace, PgClass, PgAttribute):
            rows = self._structure.get(row_type)
            if not isinstance(rows, tuple):
                return rows or Absent(f"{row_type.area} was not collected")
            areas[row_type] = rows
        schemas = {row.oid: row.name for row in areas[PgNamespace] if isinstance(row, PgNamespace)}
        found: dict[tuple[str, str], tuple[int, dict[str, int]]] = {}
        for row in areas[PgClass]:
            if isinstance(row, PgClass) and (name := (schemas.get(row.namespace, ""), row.name)) in wanted:
                found[name] = (row.oid, {})
        numbers = dict(found.values())
        for row in areas[PgAttribute] if numbers else ():
            if isinstance(row, PgAttribute) and row.relation in numbers:
                numbers[row.relation][row.name] = row.number
        return found


def _masked_text(text: str | None) -> str | None:
    return None if text is None or text == _NO_PRIVILEGE_TEXT else masked_statement(text)
