"""What single formats say, read back by the programs that read them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import msgspec
import pytest
from lxml import etree, html
from markdown_it import MarkdownIt

from pgaudit.reports.gate_contract import to_json
from pgaudit.reports.interface import View
from pgaudit.reports.page import Kind
from pgaudit.reports.paging import page_of
from pgaudit.reports.registry import renderer
from probes.finding import Severity
from tests.pgaudit.reports.samples import (
    HOSTILE_NAMES,
    empty_gate,
    finding,
    gate,
    hostile,
    hostile_gate,
    interrupted,
    ordinary,
    recorded,
    report,
)


def sarif_run(whole: Any) -> dict[str, Any]:
    """The one run of a SARIF log."""
    (run,) = json.loads(renderer("sarif")(whole, View()))["runs"]
    assert isinstance(run, dict)
    return run


def test_sarif_places_an_object_by_its_name_and_by_a_path() -> None:
    location = sarif_run(ordinary())["results"][0]["locations"][0]
    assert location["logicalLocations"] == [{"fullyQualifiedName": "app.invoices", "kind": "table"}]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "database/staging%E2%88%95shop/app/invoices"
    assert location["physicalLocation"]["region"]["startLine"] == 1


def test_sarif_knows_a_finding_again_and_keeps_targets_apart() -> None:
    run = sarif_run(ordinary())
    assert run["automationDetails"]["id"] == "pgaudit/staging/shop/"
    assert run["results"][0]["partialFingerprints"] == {"pgaudit/v1": "v1:0000000000000000000000000000aaaa"}
    assert run["results"][0]["baselineState"] == "new"


def test_sarif_says_why_a_finding_was_accepted() -> None:
    (accepted,) = [one for one in sarif_run(ordinary())["results"] if "suppressions" in one]
    assert accepted["suppressions"] == [{"kind": "inSource", "justification": "kept for the yearly report"}]


def test_sarif_says_what_was_fixed_since_the_run_before_and_claims_nothing_of_what_was_not_checked() -> None:
    run = sarif_run(recorded())
    absent = {
        one["partialFingerprints"]["pgaudit/v1"]: one for one in run["results"] if one["baselineState"] == "absent"
    }
    assert set(absent) == {f"v1:{'c' * 32}", f"v1:{'d' * 32}"}
    fixed = absent[f"v1:{'c' * 32}"]
    assert fixed["message"]["text"] == "index app.orders.orders_key: fixed since the run before"
    assert fixed["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("/app/orders/orders_key")
    assert [run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] for one in absent.values()] == [
        "indexes/duplicate",
        "security/rls_off",
    ]


def test_sarif_tells_the_state_of_every_result_or_of_none() -> None:
    states = [one["baselineState"] for one in sarif_run(recorded())["results"]]
    assert set(states) <= {"new", "unchanged", "updated", "absent"}
    assert not any("baselineState" in one for one in sarif_run(report(finding(1)))["results"])


def test_sarif_leaves_out_what_was_fixed_below_the_severity_that_is_asked_for() -> None:
    (run,) = json.loads(renderer("sarif")(recorded(), View(min_severity=Severity.CRITICAL)))["runs"]
    absent = [one["ruleId"] for one in run["results"] if one["baselineState"] == "absent"]
    assert absent == ["security/rls_off"]


def test_sarif_replaces_the_statement_with_its_safe_rewrite() -> None:
    (fixed,) = [one for one in sarif_run(gate())["results"] if one["ruleId"] == "index-not-concurrent"]
    change = fixed["fixes"][0]["artifactChanges"][0]
    assert change["artifactLocation"]["uri"] == "migrations/0042_orders.sql"
    replacement = change["replacements"][0]
    assert replacement["deletedRegion"] == {"startLine": 3, "startColumn": 1, "endLine": 4, "endColumn": 32}
    assert replacement["insertedContent"]["text"].startswith("create index concurrently orders_customer_idx\n")


def test_sarif_says_what_was_not_checked() -> None:
    said = [one["message"]["text"] for one in sarif_run(ordinary())["invocations"][0]["toolExecutionNotifications"]]
    assert any("statements/slow" in text for text in said)
    assert any("storage/bloat" in text for text in said)
    assert sarif_run(interrupted())["invocations"][0]["executionSuccessful"] is False


def test_junit_counts_failures_skips_and_errors() -> None:
    root = etree.fromstring(renderer("junit")(ordinary(), View()).encode())
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("8", "3", "1")
    assert len(root.findall(".//skipped")) == 3
    (passed,) = [case for case in root.iter("testcase") if case.find("system-out") is not None]
    assert "fsync" in (passed.get("name") or "")


def test_junit_of_a_clean_database_has_one_case_that_passed() -> None:
    root = etree.fromstring(renderer("junit")(report(), View()).encode())
    (case,) = root.iter("testcase")
    assert len(case) == 0


def test_gitlab_entries_have_what_code_quality_asks_for() -> None:
    entries = json.loads(renderer("gitlab")(gate(), View()))
    assert entries[0]["location"] == {"path": "migrations/0042_orders.sql", "lines": {"begin": 6}}
    assert {entry["severity"] for entry in entries} <= {"info", "minor", "major", "critical", "blocker"}
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) == 3


def test_csv_read_back_has_the_same_columns_for_scans_and_gates() -> None:
    scan = list(csv.DictReader(io.StringIO(renderer("csv")(ordinary(), View()), newline="")))
    migration = list(csv.DictReader(io.StringIO(renderer("csv")(gate(), View()), newline="")))
    assert scan[0].keys() == migration[0].keys()
    assert scan[0]["fix"].splitlines()[1] == "    using (owner = current_user);"
    assert (migration[0]["file"], migration[0]["line"]) == ("migrations/0042_orders.sql", "6")


def test_no_cell_of_a_csv_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(renderer("csv")(hostile(), View()), newline="")))
    assert len(rows) == 1 + len(HOSTILE_NAMES)
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert any(cell == "'=1+1|cmd" for row in rows for cell in row)


def test_json_lines_are_the_report_in_pieces() -> None:
    lines = [json.loads(line) for line in renderer("json-lines")(ordinary(), View()).splitlines()]
    whole = json.loads(renderer("json")(ordinary(), View()))
    assert lines[0]["type"] == "report"
    assert [{k: v for k, v in line.items() if k != "type"} for line in lines if line["type"] == "finding"] == whole[
        "findings"
    ]
    assert sum(line["type"] == "skip" for line in lines) == len(whole["skipped"])


@pytest.mark.parametrize("make", [hostile, hostile_gate], ids=["scan", "gate"])
def test_markdown_of_hostile_names_holds_no_element_but_ours(make: Any) -> None:
    shown = (
        MarkdownIt("commonmark", {"html": True})
        .enable("table")
        .render(renderer("markdown")(make(), View(show_all=True)))
    )
    tree = html.fragment_fromstring(shown, create_parent="div")
    found = {element.tag for element in tree.iter() if isinstance(element.tag, str)}
    expected = {
        "div",
        "h2",
        "h3",
        "p",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "ul",
        "li",
        "code",
        "pre",
    }
    assert found <= expected | {"details", "summary", "blockquote"}


def test_markdown_mentions_nobody_and_links_nowhere() -> None:
    text = renderer("markdown")(hostile(), View(show_all=True))
    outside_code = MarkdownIt("commonmark").parse(text)
    prose = [child.content for token in outside_code for child in token.children or [] if child.type == "text"]
    assert [text for text in prose if "@everyone" in text or "https://" in text] == []


def test_html_of_hostile_names_has_one_script_and_it_is_ours() -> None:
    document = html.document_fromstring(renderer("html")(hostile(), View()))
    (script,) = document.iter("script")
    assert "owned" not in (script.text or "")
    attributes = {str(name) for element in document.iter() if isinstance(element.tag, str) for name in element.attrib}
    assert [name for name in attributes if name.startswith("on") or name in {"src", "href", "style"}] == []


def test_the_code_frame_points_at_the_place() -> None:
    lines = renderer("text")(gate(), View()).splitlines()
    at = next(number for number, line in enumerate(lines) if "alter column total" in line)
    assert lines[at].startswith("  6 | ")
    assert lines[at + 1].index("^") == lines[at].index("alter column")
    assert lines[at - 2] == "   --> migrations/0042_orders.sql:6:28"


def test_the_frame_says_what_is_locked_who_waits_and_what_to_do_instead() -> None:
    text = renderer("text")(gate(), View())
    assert "locks app.orders: ACCESS EXCLUSIVE (target)" in text
    assert "locks app.order_lines: ACCESS EXCLUSIVE (foreign-key partner, if: no catalog)" in text
    assert "waits meanwhile: every read and write of app.orders, app.order_lines" in text
    assert "waits meanwhile: every write of app.orders" in text
    assert "safe rewrite: create index concurrently orders_customer_idx" in text


@pytest.mark.parametrize("name", ["text", "markdown", "github", "junit", "html"])
def test_the_estimate_the_numbers_it_was_made_from_and_what_was_in_its_way_are_told(name: str) -> None:
    said = renderer(name)(gate(), View()).replace("\\", "")
    assert "2.1 minutes, 28,004 statements queue" in said
    assert "assumed 100 MB a second" in said
    assert "2 locks in conflict, ROW EXCLUSIVE" in said


def test_a_sarif_fix_put_in_place_leaves_the_statement_with_its_one_semicolon() -> None:
    source = ["", "", "create index orders_customer_idx", "    on app.orders (customer_id);", ""]
    (result,) = [one for one in sarif_run(gate())["results"] if one["ruleId"] == "index-not-concurrent"]
    (replacement,) = result["fixes"][0]["artifactChanges"][0]["replacements"]
    region = replacement["deletedRegion"]
    before = source[region["startLine"] - 1][: region["startColumn"] - 1]
    after = source[region["endLine"] - 1][region["endColumn"] - 1 :]
    assert before + replacement["insertedContent"]["text"] + after == (
        "create index concurrently orders_customer_idx\n    on app.orders (customer_id);"
    )


def test_what_only_a_person_can_write_is_no_sarif_fix_and_ends_in_no_semicolon() -> None:
    (result,) = [one for one in sarif_run(gate())["results"] if one["ruleId"] == "alter-type-rewrite"]
    assert "fixes" not in result
    assert "    safe rewrite: -- 1. add a column of the new type" in renderer("text")(gate(), View()).splitlines()


def test_what_a_statement_does_is_told_once() -> None:
    whole = gate()
    again = msgspec.structs.replace(whole.findings[1], rule="narrowing-type", id="v1:1")
    text = renderer("text")(msgspec.structs.replace(whole, findings=(*whole.findings, again)), View())
    assert text.count("= rewrites app.orders") == 1
    assert text.count("locks and work as told above") == 1


def test_first_and_last_line_of_the_text_say_enough_alone() -> None:
    lines = renderer("text")(ordinary(), View()).splitlines()
    assert lines[0] == "staging/shop: PostgreSQL 16.4, primary, as auditor"
    assert lines[-1] == (
        "1 critical, 1 high, 1 low, 1 info (1 new, 1 unchanged; 1 suppressed; 2 checks not run or not complete; "
        "1 check broke) in 3.1 s, score 65 - staging/shop @ PostgreSQL 16.4"
    )
    assert "score: 100 - 1 critical x 25 - 1 high x 10 = 65" in lines


def test_a_statement_on_several_lines_stays_on_several_lines() -> None:
    lines = renderer("text")(ordinary(), View()).splitlines()
    at = lines.index("    fix: create policy own on app.invoices")
    assert lines[at + 1] == "             using (owner = current_user);"


def test_a_note_that_every_finding_of_a_kind_has_is_said_once() -> None:
    fixed = finding(1).fix
    assert fixed is not None
    note = msgspec.structs.replace(fixed, note="Compare plans.")
    both = report(*(msgspec.structs.replace(finding(number), fix=note) for number in (1, 2)))
    assert renderer("text")(both, View()).count("Compare plans.") == 1


def test_an_empty_gate_says_that_it_had_no_database() -> None:
    page = page_of(empty_gate())
    assert page.kind is Kind.GATE
    assert page.heading == "0 statements in 0 files, for PostgreSQL 16.4, without a database"


def test_the_gate_contract_has_the_published_keys() -> None:
    whole = json.loads(renderer("json")(gate(), View()))
    assert {
        "schema",
        "target",
        "server_version_num",
        "statements",
        "findings",
        "introduces",
        "resolves",
    } <= whole.keys()
    statement, found = whole["statements"][0], whole["findings"][0]
    assert {"file", "line", "sql", "transaction", "effects"} <= statement.keys()
    effects = {"locks", "rewrites", "scans", "index_builds", "requires_no_transaction", "error"}
    assert statement["effects"].keys() == effects
    assert statement["effects"]["locks"][0].keys() == {"relation", "mode", "role", "when"}
    published = {
        "id",
        "rule",
        "severity",
        "file",
        "line",
        "statement",
        "message",
        "evidence",
        "safe_rewrite",
        "suppressed",
    }
    assert published <= found.keys()


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1000])
def test_a_long_gate_report_in_pieces_is_the_same_json(count: int) -> None:
    one = gate()
    long = msgspec.structs.replace(
        one, statements=(one.statements[0],) * count, findings=(one.findings[0],) * (count // 2)
    )
    whole = msgspec.json.format(msgspec.json.encode(long), indent=2).decode() + "\n"
    assert to_json(long) == whole
