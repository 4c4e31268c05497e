"""`pgaudit demo --review FORMAT --llm` as a user runs it, in front of the fake."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from pgaudit.review.documents.envelope import from_json
from pgaudit.review.documents.parts import Mode
from tests.pgaudit.cli.running import command, environment, pgaudit
from tests.pgaudit.review.fake_api import KEY, FakeApi
from tests.pgaudit.review.llm.models import perfect, speaking

_MOST_SECONDS = 600


def test_one_command_adds_a_models_prose_to_the_review_of_the_demo_and_keeps_it(api: FakeApi, tmp_path: Path) -> None:
    api.respond = speaking(perfect)
    (tmp_path / "pgaudit.toml").write_text('[review]\nmax-cost-usd = 1.5\ncontext = "of-another-database.yaml"\n')
    made, store = tmp_path / "card.json", str(tmp_path / "history.sqlite3")
    asked = ("--review", "position-card", "--llm", "--yes", "--llm-base-url", api.url, "--redaction", "hashed")
    ran = subprocess.run(
        command("demo", *asked, "--record", "--store", store, "--progress", "on", "-o", str(made)),
        env=environment({"ANTHROPIC_API_KEY": KEY, "NO_PROXY": "127.0.0.1", "XDG_DATA_HOME": str(tmp_path)}),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=_MOST_SECONDS,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr
    for told in ("redaction: hashed", "stops before 1.5", "configured: max-cost-usd by", "asking the model: part 1 of"):
        assert told in ran.stderr
    assert KEY not in ran.stderr
    review = from_json(made.read_text(encoding="utf-8"))
    assert (review.reviewer.mode, len(api.bodies), api.rejected) == (Mode.MODEL, 1, [])
    assert "market" not in json.dumps(api.bodies), "a name of the demo's only schema left although names are hashed"
    kept = pgaudit("history", "--reviews", "--store", store, "-f", "json")
    (entry,) = (one["entry"] for one in json.loads(kept.out))
    assert (entry["target"], entry["format"], entry["redaction"]) == ("demo", "position-card", "hashed")


def test_mistakes_end_the_demo_before_a_server_is_started(tmp_path: Path) -> None:
    (tmp_path / "pgaudit.toml").write_text('[review]\nredaction = "some"\n')
    with_key = {"ANTHROPIC_API_KEY": KEY}
    in_the_project: list[tuple[list[str], dict[str, str], str]] = [
        (["--llm", "--yes"], with_key, "add --review FORMAT"),
        (["--review", "panel", "--keep"], {}, "it stands beside --review"),
        (["--review", "essay"], {}, "--review: 'essay' is no review"),
        (["--review", "panel", "--llm", "--yes"], with_key, "redaction is 'some': write one of"),
    ]
    for arguments, env, says in in_the_project:
        ran = pgaudit("demo", *arguments, env=env, cwd=tmp_path)
        assert (ran.code, says in ran.err) == (2, True), ran.err
    (tmp_path / "pgaudit.toml").unlink()
    elsewhere: list[tuple[list[str], dict[str, str], str]] = [
        (["--yes"], {}, "there is no key"),
        ([], with_key, "nobody is there to agree"),
        (["--yes", "--redaction", "some"], with_key, "no level"),
    ]
    for arguments, env, says in elsewhere:
        ran = pgaudit("demo", "--review", "panel", "--llm", *arguments, env=env, cwd=tmp_path)
        assert (ran.code, says in ran.err, len(ran.error_lines)) == (2, True, 1), ran.err
