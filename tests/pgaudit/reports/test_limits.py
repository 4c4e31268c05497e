"""The limits of those who read reports: screens, comments, annotations, uploads; what was cut is said."""

from __future__ import annotations

import io
import json
import re

import msgspec
import pytest
from rich.console import Console
from rich.text import Text

from pgaudit.reports.contract import AbsentFinding, AbsentState, BaselineState, Report, SinceLast
from pgaudit.reports.interface import View
from pgaudit.reports.registry import renderer
from probes.finding import ObjectRef, Severity, Skip
from tests.pgaudit.reports.samples import finding, gate, many, report

TWO_SCREENS = 100
ABSENT_WORDS = {state.value.replace("_", " "): state.value for state in AbsentState}


def lines_on_screen(text: str, width: int) -> int:
    """How many lines a terminal of that width shows."""
    console = Console(file=io.StringIO(), width=width)
    return sum(max(1, len(Text.from_ansi(line).wrap(console, width))) for line in text.splitlines())


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("checks", [3, 40, 150])
@pytest.mark.parametrize("color", [True, False])
def test_five_thousand_findings_fit_two_screens(width: int, checks: int, *, color: bool) -> None:
    text = renderer("text")(many(5000, checks), View(color=color, width=width))
    assert lines_on_screen(text, width) <= TWO_SCREENS


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("color", [True, False])
def test_findings_of_many_areas_leave_room_for_what_stands_below_them(width: int, *, color: bool) -> None:
    severities = list(Severity)
    findings = [finding(n, f"area_{n % 17}/check_{n % 64}", severities[n % 5]) for n in range(5000)]
    skips = [Skip(f"area/check_{n}", f"reason {n % 6} " + "of some length " * 5, None) for n in range(60)]
    whole = msgspec.structs.replace(report(*findings), skipped=tuple(skips))
    text = renderer("text")(whole, View(color=color, width=width))
    assert lines_on_screen(text, width) <= TWO_SCREENS
    assert len(re.findall(r" area_\d+/check_\d+ \(\d+\): ", re.sub(r"\x1b\[[0-9;]*m", "", text))) >= 20


def test_a_kind_with_hundreds_of_findings_is_a_group_with_its_worst_ten() -> None:
    text = renderer("text")(many(500, checks=1), View())
    named = sorted({int(number) for number in re.findall(r"orders_customer_idx_(\d+)", text)})
    assert named == list(range(490, 500)), "the largest are the worst of one severity"
    assert ", 490 more" in text


def test_show_all_shows_all() -> None:
    text = renderer("text")(many(500, checks=1), View(show_all=True))
    assert [number for number in range(500) if f"orders_customer_idx_{number} " not in text] == []


def test_kinds_that_do_not_fit_are_counted() -> None:
    text = renderer("text")(many(1000, checks=1000), View())
    listed = sum(" area_" in line for line in text.splitlines())
    assert f"… {1000 - listed} more findings of {1000 - listed} other kinds" in text


def test_the_table_of_areas_adds_up() -> None:
    text = renderer("text")(many(1000), View())
    (total,) = [line for line in text.splitlines() if line.startswith("total")]
    numbers = [int(cell) for cell in total.split()[1:]]
    assert sum(numbers[:-1]) == numbers[-1] == 1000


@pytest.mark.parametrize(("count", "checks"), [(1000, 7), (5000, 150), (5000, 5000)])
def test_markdown_fits_a_comment(count: int, checks: int) -> None:
    text = renderer("markdown")(many(count, checks), View(show_all=True))
    assert len(text) <= 65_000


def test_markdown_that_would_not_fit_falls_back_to_counts_and_says_so() -> None:
    text = renderer("markdown")(many(1000, checks=150), View())
    assert "1,000 findings would not fit a comment: counts only" in text
    assert "`area_0/check_149`" not in text
    assert "`area_4/check_149`" in text


def test_the_comment_of_a_gate_is_found_again_by_its_first_line() -> None:
    first = renderer("markdown")(gate(), View()).splitlines()[0]
    assert first == "<!-- pgaudit:gate:staging/shop -->"


def test_sarif_keeps_the_most_severe_five_thousand_and_says_what_was_cut() -> None:
    worst = [finding(number, "indexes/duplicate", Severity.INFO) for number in range(5200)]
    worst += [finding(9000 + number, "indexes/invalid", Severity.CRITICAL) for number in range(10)]
    (run,) = json.loads(renderer("sarif")(report(*worst), View()))["runs"]
    assert len(run["results"]) == 5000
    assert sum(result["ruleId"] == "indexes/invalid" for result in run["results"]) == 10
    said = [one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]]
    assert said == ["210 results left out, the least severe: code hosts show 5,000"]


def test_github_shows_ten_of_a_kind_and_the_tenth_says_what_is_missing() -> None:
    high = [finding(number, f"indexes/check_{number}", Severity.HIGH) for number in range(60)]
    medium = [finding(100 + number, f"storage/check_{number}", Severity.MEDIUM) for number in range(10)]
    lines = renderer("github")(report(*high, *medium), View()).splitlines()
    errors = [line for line in lines if line.startswith("::error ")]
    warnings = [line for line in lines if line.startswith("::warning ")]
    assert len(errors) == 10
    assert "51 more errors" in errors[-1]
    assert len(warnings) == 10
    assert all("check_" in line for line in warnings)


def test_github_annotates_a_check_of_a_scan_once() -> None:
    lines = renderer("github")(many(1000, checks=1), View()).splitlines()
    assert len(lines) == 1
    assert "(1%2C000)" in lines[0]
    assert "995 more of this kind" in lines[0]


def test_github_annotates_the_line_of_a_statement() -> None:
    lines = renderer("github")(gate(), View()).splitlines()
    assert lines[0].startswith(
        "::error file=migrations/0042_orders.sql,line=6,col=28,title=critical[alter-type-rewrite]"
    )


def test_github_escapes_what_would_end_a_property_or_a_message() -> None:
    (line,) = renderer("github")(report(finding(1, "x/y", name="a:b,c%d")), View()).splitlines()
    properties, _, message = line.removeprefix("::error ").partition("::")
    assert properties == "title=high[x/y]"
    assert "a:b,c%25d" in message
    titled = msgspec.structs.replace(report(finding(1, "x/y")), titles={"x/y": "a:b,c%d\ne"})
    assert r"title=high[x/y] a%3Ab%2Cc%25d\ne::" in renderer("github")(titled, View())


@pytest.mark.parametrize(("total", "is_listed"), [(20, False), (200, True)])
def test_what_changed_is_told_among_however_many_findings_that_did_not(total: int, *, is_listed: bool) -> None:
    states = {7: BaselineState.NEW, 8: BaselineState.WORSE, 9: BaselineState.REOPENED, 10: BaselineState.BETTER}
    found = [
        msgspec.structs.replace(finding(number), baseline=states.get(number, BaselineState.UNCHANGED))
        for number in range(total)
    ]
    lines = renderer("text")(report(*found), View(show_all=not is_listed)).splitlines()
    for number, state in states.items():
        named = re.compile(
            rf"{state.value}.*orders_customer_idx_{number}\b|orders_customer_idx_{number}\b.*{state.value}"
        )
        (told,) = filter(named.search, lines)
        assert told.startswith(f"  {state.value}: high indexes/duplicate index ") is is_listed


def changed(unchanged: int, **counts: int) -> Report:
    """A report with so many findings in each state, and what became of three others."""
    states = [BaselineState(word) for word, count in counts.items() for _ in range(count)]
    states += [BaselineState.UNCHANGED] * unchanged
    found = [msgspec.structs.replace(finding(number), baseline=state) for number, state in enumerate(states)]
    absent = tuple(
        AbsentFinding(
            f"v1:{state.value}", "indexes/invalid", Severity.LOW, ObjectRef("index", state.value), state, None
        )
        for state in AbsentState
    )
    return msgspec.structs.replace(report(*found), since=SinceLast("shop", "2026-02-28T02:00:00Z", absent))


def test_the_text_of_a_comparison_begins_with_how_much_changed_and_leaves_out_what_did_not() -> None:
    text = renderer("text")(changed(30, new=2, worse=1, better=1), View(changes_first=True))
    _, below = text.split("\n\n", 1)
    assert below.splitlines()[0] == (
        "since the run of 2026-02-28T02:00:00Z: 2 new, 1 worse, 1 better, 30 unchanged, 1 fixed, 1 gone, 1 not checked"
    )
    in_full, _, after = below.partition("  better: ")
    assert [in_full.count(f"orders_customer_idx_{number} of") for number in range(5)] == [1, 1, 1, 0, 0]
    assert in_full.count("fix: drop index concurrently") == 3
    assert after.count("orders_customer_idx_") == 1
    assert all(f"  {word}: indexes/invalid index {name}" in after for word, name in ABSENT_WORDS.items())
    assert "30 unchanged findings left out: --show-all prints all" in after


def test_all_of_a_comparison_are_printed_where_they_are_asked_for_those_that_did_not_change_last() -> None:
    text = renderer("text")(changed(60, new=60, worse=1), View(changes_first=True, show_all=True))
    places = [text.index(f"orders_customer_idx_{number} of") for number in range(121)]
    assert max(places[:61]) < text.index("unchanged (60):") < min(places[61:])
    assert "left out" not in text


def test_of_many_changes_the_worst_are_shown_and_how_to_see_all() -> None:
    text = renderer("text")(changed(500, new=900), View(changes_first=True))
    assert text.index("900 new, 500 unchanged") < text.index("890 more") < text.index("--show-all prints all, with")
    assert len(text.splitlines()) < 40


def test_a_comparison_without_changes_says_so() -> None:
    same = msgspec.structs.replace(changed(3), since=SinceLast("shop", "2026-02-28T02:00:00Z", ()))
    text = renderer("text")(same, View(changes_first=True))
    assert "since the run of 2026-02-28T02:00:00Z: nothing changed\n" in text
    assert "3 unchanged findings left out: --show-all prints all" in text


def test_a_first_run_lists_nothing_as_changed() -> None:
    found = [msgspec.structs.replace(finding(number), baseline=BaselineState.NEW) for number in range(200)]
    assert "new: " not in renderer("text")(report(*found), View())
