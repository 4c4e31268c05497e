"""What is written down is what the code says now."""

from __future__ import annotations

import re
from pathlib import Path

from pgaudit.audit.policy import policy_of
from pgaudit.config import load_configuration
from probes.check import built_in_checks
from probes.finding import Severity
from tests.docs.configuration import configuration_page
from tests.docs.pages import advising, generated, pages


def test_generated_pages_are_current() -> None:
    stale = [str(path) for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    assert stale == [], "run `make docs`"


def test_no_page_is_left_of_what_is_gone() -> None:
    wanted = pages()
    assert [str(path) for path in generated() if path not in wanted] == []


def test_the_configuration_that_is_shown_is_read(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", configuration_page(), re.DOTALL)
    (tmp_path / "pgaudit.toml").write_text(shown)
    read = load_configuration(tmp_path).configuration
    assert policy_of(read.checks, built_in_checks()).severities == {"vacuum/dead_tuples": Severity.LOW}
    assert [one.owner for one in read.suppress] == ["reporting"]
    assert (read.review.redaction, read.review.max_cost_usd) == ("hashed", 2.5)


def test_at_most_a_quarter_of_the_checks_give_advice_instead_of_a_fix() -> None:
    checks = built_in_checks()
    assert len(advising(checks)) <= len(checks) / 4
