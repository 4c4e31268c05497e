"""The history of the report page: numbers from runs that were recorded, and the page in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import insert

from pgaudit.history.trends import trends
from pgaudit.reports.contract import SinceLast
from pgaudit.reports.interface import View
from pgaudit.reports.registry import renderer
from pgaudit.reports.trends import Hold, Night, Rewrite, SettingChange, Tenancy, Trends, Vacuum
from pgaudit.store.models import FindingRow, StateRow
from pgaudit.store.opening import Store
from probes.finding import Severity
from tests.pgaudit.history.test_frames import FIRST_NIGHT, night
from tests.pgaudit.reports.samples import gate, ordinary

GIBIBYTE = 2.0**30
DAYS = datetime(2026, 3, 1, 2, tzinfo=UTC)


def nights(*counts: int) -> Trends:
    """Runs with so many high findings each."""
    return Trends(
        tuple(
            Night(DAYS + timedelta(days=day), {Severity.HIGH: count}, arrived=1, left=2)
            for day, count in enumerate(counts)
        )
    )


def states(store: Store, *of_runs: dict[str, str]) -> None:
    """The states of findings in runs 1, 2 and so on, all of them high."""
    names = sorted({name for of_run in of_runs for name in of_run})
    with store.writing() as connection:
        for number, name in enumerate(names, 1):
            row = {
                "id": number, "target_id": 1, "fingerprint": name, "check_id": "a/b", "object_kind": "table",
                "object": "{}", "severity": "high", "state": "new", "absent_runs": 0, "first_seen_run_id": 1,
                "last_seen_run_id": 1, "runs_seen": 1,
            }  # fmt: skip
            connection.execute(insert(FindingRow).values(row))
        for run_id, of_run in enumerate(of_runs, 1):
            for name, state in of_run.items():
                row = {"run_id": run_id, "finding_id": names.index(name) + 1, "state": state, "severity": "high"}
                connection.execute(insert(StateRow).values(row))


def test_open_findings_are_counted_without_those_that_left_or_were_accepted(store: Store) -> None:
    for number in (1, 2, 3):
        night(store, number, {})
    states(
        store,
        {"a": "new", "b": "new", "c": "suppressed"},
        {"a": "unchanged", "b": "fixed", "c": "suppressed", "d": "new"},
        {"a": "not_checked", "b": "reopened", "d": "gone"},
    )
    found = trends(store, "staging").nights
    assert [one.open[Severity.HIGH] for one in found] == [2, 2, 2]
    assert [(one.arrived, one.left) for one in found] == [(2, 0), (1, 1), (1, 1)]


def test_a_run_that_found_nothing_is_a_night_of_zero(store: Store) -> None:
    night(store, 1, {})
    [found] = trends(store, "staging").nights
    assert (set(found.open.values()), found.arrived, found.left) == ({0}, 0, 0)


def test_what_grew_is_listed_fastest_first_over_the_last_week(store: Store) -> None:
    for number in range(1, 15):
        night(
            store,
            number,
            {
                ("table", "public.orders", "size_bytes"): number * GIBIBYTE,
                ("index", "public.orders_pkey", "size_bytes"): number * GIBIBYTE / 4,
                ("table", "public.still", "size_bytes"): GIBIBYTE,
            },
        )
    first, second = trends(store, "staging").growth
    assert (first.kind, first.object, first.growth_bytes, first.days) == ("table", "public.orders", 7 * GIBIBYTE, 7.0)
    assert (second.kind, second.size_bytes, second.growth_bytes) == ("index", 3.5 * GIBIBYTE, 1.75 * GIBIBYTE)


def test_a_dropped_table_does_not_grow(store: Store) -> None:
    night(store, 1, {("table", "public.a", "size_bytes"): 1.0, ("table", "public.b", "size_bytes"): 1.0})
    night(store, 2, {("table", "public.a", "size_bytes"): 5.0, ("table", "public.b", "size_bytes"): 5.0})
    night(store, 3, {("table", "public.b", "size_bytes"): 6.0})
    assert [one.object for one in trends(store, "staging").growth] == ["public.b"]


def test_the_share_of_a_query_and_how_much_slower_it_became_are_those_between_two_runs(store: Store) -> None:
    steps = ((100.0, 1000.0, 10.0, 100.0), (200.0, 2000.0, 20.0, 200.0), (300.0, 5000.0, 30.0, 1200.0))
    for number, (calls, spent, other_calls, other_spent) in enumerate(steps, 1):
        night(
            store,
            number,
            {
                ("query", "7", "calls"): calls,
                ("query", "7", "total_exec_ms"): spent,
                ("query", "8", "calls"): other_calls,
                ("query", "8", "total_exec_ms"): other_spent,
            },
        )
    first, second = trends(store, "staging").queries
    assert (first.query_id, first.share, first.calls, first.mean_ms) == ("7", 0.75, 100.0, 30.0)
    assert (first.earlier_mean_ms, first.slowdown) == (10.0, 3.0)
    assert (second.query_id, second.share, second.slowdown) == ("8", 0.25, 10.0)


def test_a_target_that_nobody_recorded_has_no_history(store: Store) -> None:
    assert msgspec.structs.replace(trends(store, "nobody"), method="") == Trends(())


def page(shown: Trends | None, *, since: str | None = "2026-03-01T02:00:00Z") -> str:
    """The page of a scan whose history is this."""
    whole = msgspec.structs.replace(ordinary(), since=SinceLast("shop/staging", since, ()))
    return renderer("html")(whole, View(trends=shown))


def test_what_got_worse_stands_before_everything_else_on_the_page() -> None:
    text = page(nights(3, 4))
    headings = re.findall(r"<h2[^>]*>([^<]*)", text)
    assert headings[0] == "Got worse since the run of 2026-03-01T02:00:00Z (1)"
    assert text.index("Got worse") < text.index("Open findings") < text.index('id="findings-head"')


def test_a_first_run_is_compared_with_nothing() -> None:
    assert "Got worse" not in page(nights(3), since=None)


@pytest.mark.parametrize("shown", [None, Trends(()), nights(3)])
def test_a_single_run_has_no_charts(shown: Trends | None) -> None:
    assert 'class="pygal-chart"' not in page(shown)


def test_other_formats_and_the_gate_are_the_same_with_and_without_a_history() -> None:
    for name in ("text", "json", "markdown", "sarif", "junit", "csv", "prometheus"):
        assert renderer(name)(ordinary(), View(trends=nights(1, 2))) == renderer(name)(ordinary(), View())
    assert renderer("html")(gate(), View(trends=nights(1, 2))) == renderer("html")(gate(), View())


def test_equal_histories_make_equal_pages_and_ninety_nights_stay_small() -> None:
    shown = nights(*range(90))
    assert page(shown) == page(shown)
    assert len(page(shown)) - len(page(None)) < 100_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_are_drawn_in_the_page_s_colours_and_what_a_setting_holds_stays_text(
    browser: Browser, scheme: str, tmp_path: Path
) -> None:
    hostile = '<img src=x onerror="document.title=1"></table>'
    shown = msgspec.structs.replace(nights(5, 4, 3), settings=(SettingChange(hostile, hostile, None),))
    path = tmp_path / "report.html"
    path.write_text(page(shown), encoding="utf-8")
    opened = browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.goto(path.as_uri())
    bar = opened.locator(".pygal-chart .series.fill-high rect").first
    expect(bar).to_be_visible()
    assert bar.evaluate("one => getComputedStyle(one).fill") == 'url("#hatch-high")'
    drawn = opened.evaluate("getComputedStyle(document.querySelector('#hatch-high rect')).fill")
    assert drawn == {"light": "rgb(207, 74, 12)", "dark": "rgb(242, 121, 58)"}[scheme]
    assert opened.locator(".pygal-chart .series.fill-high rect").count() == 3
    expect(opened.locator(".trend td").first).to_have_text(hostile)
    assert complaints == []
    opened.close()


def test_there_are_no_half_findings_on_an_axis() -> None:
    drawn = re.findall(r'class="axis y.*?class="axis x', page(nights(2, 2)), re.DOTALL)
    labels = [re.findall(r"<text[^>]*>([^<]*)</text>", axis) for axis in drawn]
    assert labels[0] == ["0", "1", "2"]
    assert labels[1] == ["2", "1", "0", "1"]


def test_a_query_is_compared_with_the_four_weeks_before_and_not_with_what_it_was_last_year(store: Store) -> None:
    for number, spent in ((1, 0.0), (2, 100_000.0), (300, 200_000.0), (301, 201_000.0), (302, 203_000.0)):
        night(store, number, {("query", "7", "calls"): number * 100.0, ("query", "7", "total_exec_ms"): spent})
    [found] = trends(store, "staging").queries
    assert (found.mean_ms, found.earlier_mean_ms) == (20.0, 10.0)


# ---- vacuum, migrations, tenants


def database(**numbers: float) -> dict[tuple[str, str, str], float]:
    return {("database", "shop", metric): value for metric, value in numbers.items()}


def test_how_vacuum_keeps_up_is_told_by_the_runs_that_know(store: Store) -> None:
    night(store, 1, database(frozen_age_xids=100.0))
    night(
        store,
        2,
        database(
            dead_rows=25, live_rows=75, tables_past_vacuum_threshold=3, frozen_age_xids=150, freeze_max_age_xids=2e8
        ),
    )
    first, second = trends(store, "staging").vacuum
    assert (first.dead_ratio, first.overdue_tables, first.age_xids, first.freeze_max_age_xids) == (
        None,
        None,
        100,
        None,
    )
    assert (second.dead_ratio, second.overdue_tables, second.age_xids) == (0.25, 3, 150)
    assert second.freeze_max_age_xids == 200_000_000


def test_tenants_are_told_of_only_by_runs_that_knew_of_tenants(store: Store) -> None:
    night(store, 1, database(frozen_age_xids=1.0))
    night(store, 2, database(tables=10, tables_with_tenant=7, tables_with_row_security=5))
    [found] = trends(store, "staging").tenancy
    assert (found.tables, found.with_tenant, found.with_row_security) == (10, 7, 5)


def test_what_a_rewrite_would_block_is_its_bytes_at_a_hundred_megabytes_a_second_and_who_comes_meanwhile(
    store: Store,
) -> None:
    for number in (1, 2):
        night(
            store,
            number,
            {
                ("table", "public.large", "rewrite_bytes"): 200 * 2**20 * number,
                ("table", "public.large", "scans"): 0.0,
                ("table", "public.busy", "rewrite_bytes"): 50 * 2**20,
                ("table", "public.busy", "scans"): 864_000.0 * number,
                ("table", "public.busy", "rows_written"): 864_000.0 * number,
            },
        )
    found = trends(store, "staging")
    busy, large = found.rewrites
    assert (busy.object, busy.hold_s, busy.per_second, busy.queued) == ("public.busy", 0.5, 20.0, 10.0)
    assert (large.object, large.hold_s, large.queued) == ("public.large", 4.0, 0.0)
    assert (found.largest, found.busiest) == ("public.large", "public.busy")
    assert [(one.largest_s, one.busiest_s) for one in found.holds] == [(2.0, 0.5), (4.0, 0.5)]


def test_nobody_is_said_to_queue_where_counters_began_anew(store: Store) -> None:
    numbers = {("table", "public.notes", "rewrite_bytes"): 1e6, ("table", "public.notes", "scans"): 1000.0}
    night(store, 1, numbers)
    night(store, 2, numbers, since=FIRST_NIGHT + timedelta(days=1, hours=5))
    found = trends(store, "staging")
    assert [(one.per_second, one.queued) for one in found.rewrites] == [(None, None)]
    assert (found.largest, found.busiest) == ("public.notes", None)


MISSING = ("Dead rows", "Tables past their autovacuum threshold", "Age of transaction IDs", "Migration risk")


def figure_titles(text: str) -> list[str]:
    return re.findall(r"<figcaption><h3>([^<]*)", text)


def risky(runs: int) -> Trends:
    """As many runs that tell everything."""
    moments = [DAYS + timedelta(days=day) for day in range(runs)]
    return msgspec.structs.replace(
        nights(*range(1, runs + 1)),
        vacuum=tuple(Vacuum(at, 0.1, 2, 3e7, 2e8) for at in moments),
        tenancy=tuple(Tenancy(at, 10, 7, 5) for at in moments),
        rewrites=(Rewrite("public.<large>", 4e8, 3.8, 20.0),),
        holds=tuple(Hold(at, 4.0, 0.5) for at in moments),
        largest="public.<large>",
        busiest="public.busy",
    )


def test_every_chart_is_drawn_where_two_runs_have_its_numbers() -> None:
    text = page(risky(2))
    assert figure_titles(text)[2:] == [
        "Dead rows",
        "Overdue for vacuum",
        "Oldest transaction ID that is not frozen",
        "Migration risk",
        "Tenancy coverage",
    ]
    assert "Not drawn" not in text
    assert "An estimate: how long ALTER TABLE would lock it" in text
    assert "<large>" not in text


def test_a_chart_without_numbers_is_not_drawn_and_the_page_says_what_is_missing() -> None:
    text = page(nights(3, 4))
    assert figure_titles(text) == ["Open findings", "New and fixed"]
    missing = re.findall(r"Not drawn: ([^:<]*)", text)
    assert missing == [*MISSING, "Tenancy coverage"]
    assert "from the second run on" in page(nights(3))


@pytest.mark.parametrize("name", ["busiest", "row-level-security", "autovacuum-freezes"])
def test_lines_are_told_apart_by_more_than_their_colour_and_bars_by_hatches(
    browser: Browser, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(risky(3)), encoding="utf-8")
    opened = browser.new_page()
    opened.goto(path.as_uri())
    line = opened.locator(f".pygal-chart .series.fill-{name} .line").first
    width, dashes = line.evaluate("one => [getComputedStyle(one).strokeWidth, getComputedStyle(one).strokeDasharray]")
    assert (width, dashes != "none") == ("2px", True)
    for hatch in opened.evaluate("[...document.querySelectorAll('pattern')].map(one => one.id)"):
        css = opened.evaluate("document.querySelector('style').textContent")
        assert f"url(#{hatch})" in css
    opened.close()


def test_charts_keep_the_colours_of_paper_when_a_dark_page_is_printed(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(risky(3)), encoding="utf-8")
    opened = browser.new_page(color_scheme="dark")
    opened.goto(path.as_uri())
    opened.emulate_media(media="print")
    stroke = "getComputedStyle(document.querySelector('.fill-largest .line')).stroke"
    assert opened.evaluate(stroke) == "rgb(43, 108, 176)"
    assert opened.evaluate("getComputedStyle(document.querySelector('#hatch-high rect')).fill") == "rgb(207, 74, 12)"
    opened.close()
