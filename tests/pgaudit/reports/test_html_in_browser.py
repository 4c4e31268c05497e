"""The HTML page in a real browser: it filters, sorts and copies in both colour schemes, whatever a report holds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect, sync_playwright

from pgaudit.reports.interface import Published, View
from pgaudit.reports.registry import renderer
from probes.finding import Severity
from tests.pgaudit.reports.samples import finding, gate, hostile, hostile_gate, many, ordinary, report

Scheme = Literal["light", "dark"]
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_DARK = 128
"""Of 255: a background below it is dark."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = os.environ.get("PGAUDIT_CHROMIUM") or next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        if os.environ.get("PGAUDIT_REQUIRE_BROWSER"):
            pytest.fail("PGAUDIT_REQUIRE_BROWSER is set and there is no Chromium", pytrace=False)
        pytest.skip("no Chromium is installed")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Scheme:
    chosen: Scheme = request.param
    return chosen


@pytest.fixture
def context(browser: Browser, scheme: Scheme) -> Iterator[BrowserContext]:
    opened = browser.new_context(color_scheme=scheme, permissions=["clipboard-read", "clipboard-write"])
    yield opened
    opened.close()


class Opened:
    """A page, and what it did that it should not have."""

    def __init__(self, context: BrowserContext, path: Path) -> None:
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._refuse)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())

    def _refuse(self, dialog: Dialog) -> None:
        self.complaints.append(dialog.message)
        dialog.dismiss()

    def subjects(self) -> list[str]:
        """Objects of the findings that are shown, in order."""
        return self.page.locator(".finding:not([hidden]) .subject").all_text_contents()

    def clipboard(self) -> str:
        """What was copied."""
        text: str = self.page.evaluate("navigator.clipboard.readText()")
        return text


@pytest.fixture
def opened(context: BrowserContext, tmp_path: Path) -> Any:
    def _open(whole: Published) -> Opened:
        path = tmp_path / "report.html"
        path.write_text(renderer("html")(whole, View()), encoding="utf-8")
        return Opened(context, path)

    return _open


def test_typing_filters_the_findings(opened: Any) -> None:
    shown = opened(many(100))
    shown.page.fill("#search", "idx_42")
    assert shown.subjects() == ["index app.orders.orders_customer_idx_42"]
    expect(shown.page.locator("#shown")).to_have_text("1 of 100 shown")
    shown.page.fill("#search", "nowhere")
    expect(shown.page.locator("#nothing")).to_be_visible()


def test_severities_and_areas_filter_the_findings(opened: Any) -> None:
    shown = opened(many(70))
    shown.page.uncheck(f"#levels input[value='{Severity.CRITICAL.rank}']")
    worst = shown.page.locator(".finding:not([hidden]) .badge").first
    expect(worst).to_have_text("high")
    shown.page.select_option("#area", "area_2")
    rules = set(shown.page.locator(".finding:not([hidden]) .rule").all_text_contents())
    assert rules == {"area_2/check_2"}


def test_a_click_on_a_check_shows_its_findings(opened: Any) -> None:
    shown = opened(ordinary())
    shown.page.click(".pick[data-rule='security/rls_off']")
    assert shown.subjects() == ["table app.invoices"]


def test_accepted_findings_are_hidden_until_asked_for(opened: Any) -> None:
    shown = opened(ordinary())
    assert "index app.orders.orders_customer_idx_9" not in shown.subjects()
    shown.page.check("#accepted")
    assert "index app.orders.orders_customer_idx_9" in shown.subjects()


def test_findings_are_sorted_by_severity_size_check_and_object(opened: Any) -> None:
    shown = opened(
        report(
            finding(1, "b/b", Severity.CRITICAL, name="m"),
            finding(9, "c/c", Severity.HIGH, name="z"),
            finding(5, "a/a", Severity.LOW, name="a"),
        )
    )
    order = {}
    for key in ("size", "rule", "subject", "severity"):
        shown.page.select_option("#sort", key)
        order[key] = "".join(subject.rpartition(".")[2] for subject in shown.subjects())
    assert order == {"size": "zam", "rule": "amz", "subject": "amz", "severity": "mza"}


def test_the_sql_of_one_finding_is_copied(opened: Any) -> None:
    shown = opened(ordinary())
    shown.page.locator(".finding summary").first.click()
    shown.page.locator(".finding .copy").first.click()
    assert shown.clipboard() == (
        "create policy own on app.invoices\n    using (owner = current_user);\n"
        "alter table app.invoices enable row level security;"
    )
    expect(shown.page.locator(".finding .copy").first).to_have_text("Copied")


def test_the_sql_of_all_that_is_shown_is_copied(opened: Any) -> None:
    shown = opened(many(50))
    shown.page.fill("#search", "idx_4")
    shown.page.click("#copy-all")
    statements = shown.clipboard().split()
    assert [word for word in statements if word.startswith("app.")] == [
        f'app."orders_customer_idx_{number}";' for number in sorted([4, *range(40, 50)], key=lambda n: (n % 7 % 5, n))
    ]


def test_sql_is_copied_as_it_runs_though_it_is_shown_escaped(opened: Any) -> None:
    shown = opened(report(finding(1, name="\u202egnp.exe")))
    shown.page.locator(".finding summary").first.click()
    assert r'U&"\202egnp' in shown.page.locator(".sql pre").inner_text()
    shown.page.locator(".finding .copy").first.click()
    assert shown.clipboard() == 'drop index concurrently app."\u202egnp.exe";'


def brightness(page: Page) -> float:
    """Of the page's background, 0 to 255."""
    color: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red, green, blue = (int(part) for part in color.removeprefix("rgb(").removesuffix(")").split(","))
    return (red + green + blue) / 3


def test_the_page_follows_the_scheme_and_the_button_turns_it(opened: Any, scheme: Scheme) -> None:
    shown = opened(ordinary())
    assert (brightness(shown.page) < _DARK) is (scheme == "dark")
    shown.page.click("#theme")
    assert (brightness(shown.page) < _DARK) is (scheme == "light")
    expect(shown.page.locator("#theme")).to_have_text("Dark" if scheme == "dark" else "Light")


def contrast(page: Page, selector: str) -> float:
    """WCAG's contrast of an element's text against what is behind it."""
    ratio: float = page.evaluate(
        """(selector) => {
            const element = document.querySelector(selector);
            const parts = (color) => color.match(/[0-9.]+/g).map(Number);
            let behind = element;
            while (behind.parentElement && parts(getComputedStyle(behind).backgroundColor)[3] === 0)
                behind = behind.parentElement;
            const light = (color) => {
                const [r, g, b] = parts(color).map((part) => part / 255)
                    .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const a = light(getComputedStyle(element).color), b = light(getComputedStyle(behind).backgroundColor);
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        }""",
        selector,
    )
    return ratio


@pytest.mark.parametrize(
    "selector",
    [".message", ".rule", ".facts", ".sum", ".pick", "dt", "pre", ".note", *(f".badge.{s.value}" for s in Severity)],
)
def test_text_can_be_read_in_both_schemes(opened: Any, selector: str) -> None:
    severities = [finding(number, f"a/c{number}", severity) for number, severity in enumerate(Severity)]
    shown = opened(report(*ordinary().findings, *severities))
    shown.page.click("#unfold")
    readable = 4.5  # WCAG 2.1, 1.4.3
    assert contrast(shown.page, selector) >= readable


def test_the_score_is_shown_with_its_arithmetic(opened: Any) -> None:
    shown = opened(ordinary())
    expect(shown.page.locator(".score .sum")).to_have_text("100 - 1 critical x 25 - 1 high x 10 = 65")
    row = shown.page.locator(".areas tbody tr").filter(has_text="security")
    expect(row).to_contain_text("100 - 1 critical x 25 = 75")


def test_long_evidence_waits_behind_a_disclosure(opened: Any) -> None:
    long = msgspec.structs.replace(
        finding(1), evidence={"tables": tuple(f"app.table_{number}" for number in range(500))}
    )
    shown = opened(report(long))
    shown.page.locator(".finding > summary").click()
    assert "app.table_499" not in shown.page.locator(".evidence").inner_text()
    shown.page.locator(".evidence summary").click()
    assert "app.table_499" in shown.page.locator(".evidence").inner_text()


@pytest.mark.parametrize("make", [ordinary, gate, hostile, hostile_gate, report])
def test_nothing_is_fetched_run_or_complained_about(opened: Any, make: Any) -> None:
    shown = opened(make())
    if make is not report:
        shown.page.click("#unfold")
    assert shown.complaints == []
    assert len(shown.requests) == 1
    assert "owned" not in shown.page.title() or "document.title" in shown.page.title()


def test_the_frame_of_a_migration_marks_its_line(opened: Any) -> None:
    shown = opened(gate())
    shown.page.locator(".finding summary").first.click()
    assert shown.page.locator(".frame .at").first.inner_text().split() == [
        "6", "alter", "table", "app.orders", "alter", "column", "total", "type", "bigint",
    ]  # fmt: skip
    assert "every read and write of app.orders" in shown.page.locator(".waits").first.inner_text()


def test_print_unfolds_what_is_shown_on_white_without_tools(opened: Any) -> None:
    shown = opened(ordinary())
    shown.page.emulate_media(media="print")
    shown.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert brightness(shown.page) == 255
    expect(shown.page.locator("#tools")).to_be_hidden()
    expect(shown.page.locator(".finding pre").first).to_be_visible()
    shown.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert shown.page.locator(".finding[open]").count() == 0


def test_five_thousand_findings_open_and_only_the_visible_ones_are_laid_out(opened: Any) -> None:
    shown = opened(many(5000))
    expect(shown.page.locator("#shown")).to_have_text("5,000 of 5,000 shown")
    skipped = shown.page.evaluate(
        "[...document.querySelectorAll('.finding')].filter(one => !one.querySelector('.message')"
        ".checkVisibility({contentVisibilityAuto: true})).length"
    )
    assert skipped > 4900
    shown.page.fill("#search", "idx_4999")
    assert shown.subjects() == ["index app.orders.orders_customer_idx_4999"]


def test_of_five_thousand_findings_only_the_first_are_built(opened: Any) -> None:
    shown = opened(many(5000))
    elements: int = shown.page.evaluate("document.querySelectorAll('#list *').length")
    assert shown.page.locator(".finding .body").count() == 200
    assert elements < 10 * 5000


def test_what_waits_is_built_when_it_is_unfolded_and_can_be_copied(opened: Any) -> None:
    shown = opened(many(300))
    last = shown.page.locator(".finding").last
    expect(last.locator(".body")).to_have_count(0)
    last.locator("summary").click()
    expect(last.locator(".evidence")).to_be_visible()
    last.locator(".copy").click()
    assert shown.clipboard() == last.locator(".sql pre").inner_text()


def test_what_waits_is_searched_as_it_will_be_shown(opened: Any) -> None:
    hidden = msgspec.structs.replace(finding(7, name="the_last"), evidence={"rule": 'a < b & "c"'}, fix=None)
    shown = opened(report(*many(250).findings, msgspec.structs.replace(hidden, severity=Severity.INFO)))
    shown.page.fill("#search", 'a < b & "c"')
    assert [subject.rpartition(".")[2] for subject in shown.subjects()] == ["the_last"]
    shown.page.fill("#search", "<div")
    assert shown.subjects() == []


def test_what_waits_is_printed_unfolded_and_copied_with_the_rest(opened: Any) -> None:
    shown = opened(many(300))
    shown.page.click("#copy-all")
    assert shown.clipboard().count("drop index") == 300
    shown = opened(many(300))
    shown.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert shown.page.locator(".finding[open] .body").count() == 300
    shown = opened(many(300))
    shown.page.click("#unfold")
    assert shown.page.locator(".finding[open] .body").count() == 300


def test_no_name_gets_out_of_what_waits(opened: Any) -> None:
    escaping = finding(0, name="</noscript><script>document.title = 'owned'</script>", severity=Severity.INFO)
    shown = opened(report(*many(250).findings, *hostile().findings, escaping))
    shown.page.click("#unfold")
    assert shown.complaints == []
    assert shown.page.title() == "pgaudit scan: staging/shop"
    assert shown.page.locator("#list script").count() == 0
    escaped = shown.page.locator(".sql pre").filter(has_text="</noscript>").text_content()
    assert "</noscript><script>" in (escaped or "")


def test_the_page_can_be_read_without_scripts(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(renderer("html")(many(300), View()), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    for one in (page.locator(".finding").first, page.locator(".finding").last):
        one.locator("summary").click()
        expect(one.locator(".sql pre")).to_be_visible()
    expect(page.locator("#tools")).to_be_hidden()
    context.close()
