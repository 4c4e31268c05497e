"""What is written down is what the code says now."""

from __future__ import annotations

from probes.check import built_in_checks
from tests.docs.pages import advising, generated, pages


def test_generated_pages_are_current() -> None:
    stale = [str(path) for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    assert stale == [], "run `make docs`"


def test_no_page_is_left_of_what_is_gone() -> None:
    wanted = pages()
    assert [str(path) for path in generated() if path not in wanted] == []


def test_at_most_a_quarter_of_the_checks_give_advice_instead_of_a_fix() -> None:
    checks = built_in_checks()
    assert len(advising(checks)) <= len(checks) / 4
