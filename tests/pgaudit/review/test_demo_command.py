"""`pgaudit demo --review` as a user runs it: one step, without a key, without a network."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pgaudit.review.documents.authority import AuthorityReview
from pgaudit.review.documents.envelope import from_json
from pgaudit.review.documents.parts import Mode
from pgaudit.review.documents.wording import AUTHORITY_SECTIONS
from pgaudit.review.evidence.records import Badge
from tests.pgaudit.cli.running import ROOT, command, environment

_NOWHERE = "http://127.0.0.1:9"
_MOST_SECONDS = 600


def test_one_command_writes_the_whole_authority_review_of_the_demo(tmp_path: Path) -> None:
    names = [tmp_path / name for name in ("review.md", "review.html", "review.json")]
    ran = subprocess.run(
        command("demo", "--review", "authority", *(f"-o{name}" for name in names)),
        env=environment({"HTTPS_PROXY": _NOWHERE, "HTTP_PROXY": _NOWHERE}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_MOST_SECONDS,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr
    text, page, made = (name.read_text(encoding="utf-8") for name in names)
    review = from_json(made)
    assert isinstance(review.document, AuthorityReview)
    assert review.reviewer.mode is Mode.OFFLINE
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [*AUTHORITY_SECTIONS, "Evidence"]
    assert all(section in page for section in AUTHORITY_SECTIONS[:2])
    badges = {change.proof.badge for change in review.document.changes}
    assert badges <= {Badge.PROVEN, Badge.APPLIES}
