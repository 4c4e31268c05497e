"""What holds for every renderer over every report: it renders, and nothing that a report holds can steer a reader."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata

import msgspec
import pytest

from pgaudit.errors import BadConfiguration
from pgaudit.reports.interface import View
from pgaudit.reports.registry import FORMATS, renderer
from tests.pgaudit.reports.samples import (
    HOSTILE_NAMES,
    SAMPLES,
    Sample,
    finding,
    gate,
    hostile,
    hostile_gate,
    many,
    ordinary,
    report,
)  # fmt: skip

NAMES = sorted(FORMATS)
TURNS_DIRECTION = {chr(code) for code in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
LINE_BREAKS = {"\n", "\r"}
COUNTS_ONLY = {"prometheus"}
WITHOUT_TITLES = {"json", "json-v1", "json-lines", "concise", "csv", "gitlab"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
@pytest.mark.parametrize("name", NAMES)
def test_every_format_renders_every_report(name: str, sample: Sample) -> None:
    text = renderer(name)(sample.make(), View())
    assert text.endswith("\n") or (name in {"concise", "github"} and not text)
    text.encode("utf-8")


@pytest.mark.parametrize("make", [hostile, hostile_gate], ids=["scan", "gate"])
@pytest.mark.parametrize("name", NAMES)
def test_no_format_lets_a_name_move_the_cursor_or_turn_the_text(name: str, make: type) -> None:
    text = renderer(name)(make(), View(show_all=True, show_suppressed=True))
    moving = {one for one in text if unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"}} - LINE_BREAKS
    assert moving == set()
    assert TURNS_DIRECTION & set(text) == set()


@pytest.mark.parametrize("make", [hostile, hostile_gate], ids=["scan", "gate"])
@pytest.mark.parametrize("name", sorted(set(NAMES) - {"github"}))
def test_no_line_of_a_report_is_a_workflow_command(name: str, make: type) -> None:
    text = renderer(name)(make(), View(show_all=True, show_suppressed=True))
    assert [line for line in text.splitlines() if line.lstrip().startswith("::")] == []


@pytest.mark.parametrize("make", [hostile, hostile_gate], ids=["scan", "gate"])
@pytest.mark.parametrize("name", NAMES)
def test_no_report_holds_a_workflow_command_of_the_older_form_which_counts_anywhere(name: str, make: type) -> None:
    assert "##[" not in renderer(name)(make(), View(show_all=True, show_suppressed=True))


@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize("name", sorted(set(NAMES) - {"github"}))
def test_a_message_that_begins_with_a_hostile_name_is_no_workflow_command(name: str, *, color: bool) -> None:
    found = msgspec.structs.replace(finding(0), message="::stop-commands::x lets all of its columns be null")
    text = renderer(name)(report(found), View(color=color))
    assert [line for line in text.splitlines() if line.lstrip().startswith("::")] == []
    assert name in COUNTS_ONLY or "stop-commands::x" in text


def test_colours_are_the_only_escapes_in_a_terminal() -> None:
    text = renderer("text")(hostile(), View(color=True, show_all=True, show_suppressed=True))
    without_colours = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert "\x1b" in text
    assert "\x1b" not in without_colours


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"text", "github", "markdown", *COUNTS_ONLY}))
def test_formats_without_a_limit_hold_every_finding(name: str) -> None:
    text = renderer(name)(many(1000), View())
    missing = [number for number in range(1000) if f"orders_customer_idx_{number}" not in text]
    assert missing == []


@pytest.mark.parametrize("name", sorted(set(NAMES) - COUNTS_ONLY))
def test_gate_and_scan_go_through_the_same_renderer(name: str) -> None:
    assert "orders_customer_idx_1" in renderer(name)(ordinary(), View())
    of_gate = renderer(name)(gate(), View())
    assert "index-not-concurrent" in of_gate
    assert "orders_customer_idx_1" in of_gate


def test_a_view_hides_milder_findings_but_never_from_json() -> None:
    from probes.finding import Severity  # noqa: PLC0415

    high = View(min_severity=Severity.HIGH)
    hidden = {name for name in NAMES if "fsync" not in renderer(name)(ordinary(), high)}
    assert hidden == set(NAMES) - {"json", "json-v1", "json-lines", *COUNTS_ONLY}


def test_names_are_shown_as_escapes_and_not_dropped() -> None:
    text = renderer("concise")(hostile(), View(show_suppressed=True))
    assert len(text.splitlines()) == len(HOSTILE_NAMES)
    assert r"\u202egnp.exe\u202c" in text
    assert r"\x1b[31mred\x1b]0;title\x07" in text
    assert r"two\n::error::lines" in text


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(BadConfiguration, match="sarif"):
        renderer("yaml")


@pytest.mark.parametrize("name", ["text", "json", "concise"])
def test_nothing_heavy_is_loaded_for_a_format_that_does_not_need_it(name: str) -> None:
    program = (
        "import sys\n"
        "from pgaudit.reports.registry import renderer\n"
        "from pgaudit.reports.interface import View\n"
        "from tests.pgaudit.reports.samples import ordinary\n"
        f"renderer({name!r})(ordinary(), View())\n"
        "heavy = {'jinja2', 'rich', 'xml', 'csv', 'psycopg', 'typer', 'pandas', 'sqlalchemy'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_metrics_count_every_finding_once_and_carry_no_time_of_their_own() -> None:
    text = renderer("prometheus")(many(1000), View())
    samples = [line for line in text.splitlines() if line.startswith("pgaudit_findings{")]
    assert sum(float(line.rpartition(" ")[2]) for line in samples) == 1000
    assert all(len(line.rpartition("}")[2].split()) == 1 for line in samples)


def test_metrics_are_read_by_the_parser_of_their_own_library() -> None:
    from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415 - beside its use

    found = {
        family.name: family for family in text_string_to_metric_families(renderer("prometheus")(hostile(), View()))
    }
    [score] = found["pgaudit_score"].samples
    assert score.value == hostile().score.value
    names = {sample.labels["target"] for family in found.values() for sample in family.samples}
    assert len(names) == 1
