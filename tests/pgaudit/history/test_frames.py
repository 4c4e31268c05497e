"""Frames over runs that were really recorded, and forecasts whose answer arithmetic gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from pgaudit.errors import BadConfiguration
from pgaudit.history import frames
from pgaudit.history.export import export
from pgaudit.history.forecasts import exhaustion
from pgaudit.store.models import ObservationRow, RunRow, SettingRow, TargetRow
from pgaudit.store.opening import Store, open_store

FIRST_NIGHT = datetime(2026, 3, 1, 2, tzinfo=UTC)
COUNTING_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / "history.sqlite3"))
    with opened.writing() as connection:
        connection.execute(insert(TargetRow).values(id=1, name="staging"))
    yield opened
    opened.close()


def night(
    store: Store,
    number: int,
    values: dict[tuple[str, str, str], float],
    *,
    since: datetime = COUNTING_SINCE,
    settings: dict[str, str] | None = None,
) -> None:
    with store.writing() as connection:
        connection.execute(
            insert(RunRow).values(
                id=number,
                target_id=1,
                started_at=FIRST_NIGHT + timedelta(days=number),
                duration_ms=900,
                tool_version="1.0",
                database="shop",
                database_oid=16384,
                server_version="17.4",
                in_recovery=False,
                server_started_at=COUNTING_SINCE,
                counters_since=since,
                score=90.0,
            )
        )
        for (kind, name, metric), value in values.items():
            row = {"run_id": number, "kind": kind, "object": name, "metric": metric, "value": value}
            connection.execute(insert(ObservationRow).values(row))
        for name, text in (settings or {}).items():
            connection.execute(insert(SettingRow).values(run_id=number, name=name, value=text))


CALLS = ("query", "42", "calls")


def test_counters_become_what_happened_between_two_runs(store: Store) -> None:
    for number, calls in enumerate((100.0, 160.0, 400.0), 1):
        night(store, number, {CALLS: calls})
    found = frames.deltas(store, "staging", "query")
    assert found["growth"].tolist() == [60.0, 240.0]
    assert found["seconds"].tolist() == [86_400.0, 86_400.0]
    assert not found["restarted"].any()


def test_after_a_reset_only_what_was_counted_since_is_known(store: Store) -> None:
    night(store, 1, {CALLS: 1000.0})
    night(store, 2, {CALLS: 30.0}, since=FIRST_NIGHT + timedelta(days=1, hours=5))
    found = frames.deltas(store, "staging", "query")
    assert (found["growth"].tolist(), found["restarted"].tolist()) == ([30.0], [True])


def test_a_reset_is_seen_even_where_the_counter_has_overtaken_its_old_value(store: Store) -> None:
    night(store, 1, {CALLS: 1000.0})
    night(store, 2, {CALLS: 1500.0}, since=FIRST_NIGHT + timedelta(days=1, hours=5))
    assert frames.deltas(store, "staging", "query")["growth"].tolist() == [1500.0]


def test_a_sequence_that_fills_by_a_hundredth_a_day_is_full_after_as_many_days_as_hundredths_are_left(
    store: Store,
) -> None:
    for number in range(1, 11):
        night(store, number, {("sequence", "public.orders_id_seq", "used_ratio"): 0.4 + number / 100})
    [found] = exhaustion(store, "staging")
    assert found.growth_a_day == pytest.approx(0.01)
    assert found.typical_error == pytest.approx(0.0, abs=1e-9)
    assert found.exhausted_at is not None
    expected = FIRST_NIGHT + timedelta(days=10 + 50)
    assert abs((found.exhausted_at - expected).total_seconds()) < 60


def test_one_odd_night_does_not_bend_the_line(store: Store) -> None:
    for number in range(1, 12):
        value = 0.4 + number / 100 if number != 6 else 0.9
        night(store, number, {("sequence", "public.orders_id_seq", "used_ratio"): value})
    [found] = exhaustion(store, "staging")
    assert found.growth_a_day == pytest.approx(0.01, rel=0.05)


def test_what_does_not_grow_has_no_date(store: Store) -> None:
    for number in range(1, 6):
        night(store, number, {("database", "shop", "frozen_age_xids"): 5_000_000.0})
    [found] = exhaustion(store, "staging")
    assert (found.exhausted_at, found.earliest, found.latest) == (None, None, None)


def test_two_runs_are_too_few_for_a_forecast(store: Store) -> None:
    for number in (1, 2):
        night(store, number, {("sequence", "public.orders_id_seq", "used_ratio"): number / 10})
    assert exhaustion(store, "staging") == []


def test_settings_that_changed_have_what_they_were(store: Store) -> None:
    night(store, 1, {}, settings={"work_mem": "4096 kB", "fsync": "off"})
    night(store, 2, {}, settings={"work_mem": "65536 kB", "jit": "off"})
    found = frames.settings_changed(store, "staging").sort_values("name")
    assert found.to_dict("records") == [
        {"name": "fsync", "before": "off", "after": None},
        {"name": "jit", "before": None, "after": "off"},
        {"name": "work_mem", "before": "4096 kB", "after": "65536 kB"},
    ]


def test_a_target_without_runs_gives_frames_with_columns_and_no_rows(store: Store) -> None:
    assert frames.runs(store, "nobody").columns.tolist()[:2] == ["run_id", "started_at"]
    assert frames.deltas(store, "nobody", "query").empty
    assert frames.settings_changed(store, "nobody").empty
    assert exhaustion(store, "nobody") == []


def test_frames_are_written_as_files_that_read_back_equal(store: Store, tmp_path: Path) -> None:
    import pandas as pd  # noqa: PLC0415 - beside its use

    night(store, 1, {CALLS: 7.0})
    written = {path.name: path for path in export(store, "staging", tmp_path / "out", "csv")}
    assert pd.read_csv(written["observations_query.csv"])["value"].tolist() == [7.0]
    with pytest.raises(BadConfiguration, match="xlsx"):
        export(store, "staging", tmp_path, "xlsx")
