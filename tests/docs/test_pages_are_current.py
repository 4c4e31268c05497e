"""What is written down is what the code says now."""

from __future__ import annotations

from tests.docs.pages import DOCS, pages


def test_generated_pages_are_current() -> None:
    stale = [str(path) for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    assert stale == [], "run `make docs`"


def test_no_page_is_left_of_a_check_that_is_gone() -> None:
    wanted = pages()
    assert [str(path) for path in (DOCS / "checks").rglob("*.md") if path not in wanted] == []
