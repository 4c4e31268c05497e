"""`pgaudit review --llm` as a user runs it: nothing leaves unless it was asked for, shown and agreed to."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pgaudit.cli.review_choices import Given, ModelChoices, chosen
from pgaudit.cli.review_llm import ModelRequest, announcement, model_request
from pgaudit.config import Configuration, Loaded
from pgaudit.review.backends.anthropic.backend import Settings
from pgaudit.review.redaction.wire import Redaction
from tests.pgaudit.cli.running import command, environment, pgaudit
from tests.pgaudit.review.fake_api import KEY, FakeApi, Step
from tests.pgaudit.review.llm.drafting import SCHEMA, drafting
from tests.pgaudit.review.llm.models import perfect, speaking
from tests.servers import Database

NOWHERE = "postgresql://127.0.0.1:1/none"
NO_KEY = {"ANTHROPIC_API_KEY": "", "PGAUDIT_ANTHROPIC_API_KEY": ""}
WITH_KEY = {"ANTHROPIC_API_KEY": KEY, "NO_PROXY": "127.0.0.1"}


@pytest.fixture
def faulty(database: Database) -> Database:
    with database.connect() as connection:
        connection.execute(
            "create table keyless (id integer); create table amounts (id bigint primary key, price real)"
        )
    return database


@pytest.mark.pg("== 18")
def test_a_key_in_the_environment_alone_sends_nothing(api: FakeApi, faulty: Database) -> None:
    ran = pgaudit(
        "review", faulty.dsn, "-f", "position-card", "--no-shadow", env={**WITH_KEY, "ANTHROPIC_BASE_URL": api.url}
    )
    assert ran.code == 0
    assert "Written by offline rules" in ran.out
    assert api.bodies == []


@pytest.mark.pg("== 18")
def test_what_would_be_sent_is_shown_and_nothing_is_sent(api: FakeApi, faulty: Database) -> None:
    arguments = ("review", faulty.dsn, "-f", "position-card", "--no-shadow", "--llm", "--llm-base-url", api.url)
    ran = pgaudit(*arguments, "--dry-run", env=WITH_KEY)
    assert (ran.code, ran.out) == (0, "")
    for shown in ("host: 127.0.0.1", "model: claude-opus-5-5", "redaction: names", "tokens: about", "US dollars"):
        assert shown in ran.err
    ran = pgaudit(*arguments, "--show-prompt", env=NO_KEY)
    assert ran.code == 0
    assert json.loads(ran.out)["model"] == "claude-opus-5-5"
    assert api.bodies == []


@pytest.mark.pg("== 18")
def test_with_consent_prose_is_added_recorded_and_replayed(api: FakeApi, faulty: Database, tmp_path: Path) -> None:
    api.respond = speaking(perfect)
    record, home = tmp_path / "answers.json", {"XDG_DATA_HOME": str(tmp_path)}
    arguments = ("review", faulty.dsn, "-f", "position-card", "--no-shadow")
    ran = pgaudit(
        *arguments, "--llm", "--yes", "--llm-base-url", api.url, "--llm-record", str(record), env={**WITH_KEY, **home}
    )
    assert ran.code == 0
    assert "Prose by a language model (claude-opus-5-5)" in ran.out
    assert "Language model" in ran.out
    assert "used: 1 answers" in ran.err
    assert KEY not in ran.out + ran.err
    again = pgaudit(*arguments, "--llm-replay", str(record), env=home)
    assert again.code == 0
    assert len(api.bodies) == 1


@pytest.mark.pg("== 18")
def test_what_a_model_drafts_is_proved_in_a_shadow_of_our_own_and_on_nobodys_server(
    api: FakeApi, database: Database, tmp_path: Path
) -> None:
    with database.connect() as connection:
        connection.execute(SCHEMA.encode())
    good = "create index concurrently things_owner_id_id_idx on app.things (owner_id, id)"
    arguments = ("review", database.dsn, "-f", "diagnosis", "--llm", "--yes", "--llm-base-url", api.url)
    env = {**WITH_KEY, "XDG_DATA_HOME": str(tmp_path)}
    api.respond = drafting(good)
    ran = pgaudit(*arguments, "--shadow-dsn", NOWHERE, env=env)
    assert ran.code == 0, ran.err
    assert re.search(r"#+ Change \d+: .*, drafted by the language model \(\w+, PROVEN\)", ran.out)
    assert f"{good};" in ran.out
    assert "(UNPROVEN)" in ran.out  # our own changes, for which that server was named
    api.respond = drafting("create index concurrently things_id_idx on app.things (id, owner_id)")
    ran = pgaudit(*arguments, env=env)
    assert "things_id_idx" not in ran.out
    assert "1 change of the model rejected (it ran, and the finding is still there)" in ran.out


@pytest.mark.pg("== 18")
def test_what_a_review_took_is_kept_where_a_store_is_asked_for(api: FakeApi, faulty: Database, tmp_path: Path) -> None:
    api.respond = speaking(perfect)
    home, store = {"XDG_DATA_HOME": str(tmp_path)}, str(tmp_path / "history.sqlite3")
    arguments = ("review", faulty.dsn, "-f", "position-card", "--no-shadow", "--store", store, "--record-as", "shop")
    assert pgaudit(*arguments).code == 0
    assert pgaudit(*arguments, "--llm", "--yes", "--llm-base-url", api.url, env={**WITH_KEY, **home}).code == 0
    by_model, by_rules = (one["entry"] for one in json.loads(pgaudit(*HISTORY, store, "-f", "json").out))
    assert (by_rules["backend"], by_rules["calls"], by_rules["cost_usd"]) == ("offline rules", 0, 0.0)
    assert (by_model["backend"], by_model["model"], by_model["redaction"]) == ("model", "claude-opus-5-5", "names")
    assert (by_model["calls"], by_model["input_tokens"], by_model["output_tokens"]) == (1, 110, 50)
    assert (by_model["parts"][0]["statements"], by_model["parts"][0]["problem"]) == (2, None)
    shown = pgaudit(*HISTORY, store, "shop").out
    assert "shop" in shown
    assert "claude-opus-5-5" in shown
    kept = Path(store).read_bytes()
    for secret in (KEY, "keyless", "amounts", faulty.dsn):
        assert secret.encode() not in kept


HISTORY = ("history", "--reviews", "--store")


@pytest.mark.pg("== 18")
def test_a_store_that_fails_does_not_cost_the_review(api: FakeApi, faulty: Database, tmp_path: Path) -> None:
    api.respond = speaking(perfect)
    page = tmp_path / "review.md"
    ran = pgaudit(
        *("review", faulty.dsn, "-f", "position-card", "--no-shadow", "--llm", "--yes", "--llm-base-url", api.url),
        *("--store", "/proc/history.sqlite3", "-o", str(page)),
        env={**WITH_KEY, "XDG_DATA_HOME": str(tmp_path)},
    )
    assert ran.code == 3
    assert "/proc/history.sqlite3" in ran.error_lines[-1]
    assert "Prose by a language model" in page.read_text()


@pytest.mark.pg("== 18")
def test_an_output_that_fails_does_not_cost_the_others(faulty: Database, tmp_path: Path) -> None:
    arguments = ("review", faulty.dsn, "-f", "position-card", "--no-shadow", "-o", "/proc/review.md")
    alone = pgaudit(*arguments)
    assert (alone.code, alone.out.startswith("# ")) == (2, True)
    ran = pgaudit(*arguments, "-o", str(tmp_path / "review.html"))
    assert (ran.code, ran.out) == (2, "")
    assert (tmp_path / "review.html").read_text().startswith("<!doctype html>")


@pytest.mark.pg("== 18")
def test_what_was_answered_before_an_interruption_is_written(api: FakeApi, faulty: Database, tmp_path: Path) -> None:
    arguments = ("review", faulty.dsn, "-f", "expert", "--no-shadow", "--llm", "--yes", "--llm-base-url", api.url)
    started = subprocess.Popen(
        command(*arguments),
        env=environment({**WITH_KEY, "XDG_DATA_HOME": str(tmp_path)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    def respond(body: dict[str, Any]) -> Step:
        if len(api.bodies) > 1:
            started.send_signal(signal.SIGINT)
        return speaking(perfect)(body)

    api.respond = respond
    out, err = started.communicate(timeout=120)
    assert started.returncode == 130, err
    assert len(api.bodies) == 2
    assert "Prose by a language model" in out
    assert "it was interrupted" in out
    assert out.rstrip().endswith("|")


def test_nothing_secret_of_an_address_is_shown() -> None:
    request = ModelRequest(Settings(), Redaction.NAMES, "https://user:canary@gateway.example.com:8443/v1", "canary")
    assert "host: gateway.example.com:8443" in list(announcement([], request))
    assert "canary" not in "".join(announcement([], request))
    assert "'canary'" not in repr(request)


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ({}, "api.anthropic.com"),
        ({"HTTPS_PROXY": "http://me:canary@proxy:3128"}, "api.anthropic.com, through the proxy proxy:3128"),
        ({"all_proxy": "proxy"}, "api.anthropic.com, through the proxy proxy"),
        ({"https_proxy": "http://proxy", "NO_PROXY": "localhost, api.anthropic.com"}, "api.anthropic.com"),
        ({"HTTP_PROXY": "http://proxy"}, "api.anthropic.com"),
    ],
)
def test_a_proxy_in_the_environment_is_named_before_anything_is_sent(environment: dict[str, str], host: str) -> None:
    by = chosen(Given(), Loaded(Configuration(), None), {})
    request = model_request(
        ModelChoices(wanted=True, consents=True), by, {"ANTHROPIC_API_KEY": "canary", **environment}
    )
    assert next(announcement([], request)) == f"host: {host}"
    assert "canary" not in "".join(announcement([], request))


def test_mistakes_are_told_before_anything_is_connected_to() -> None:
    for arguments, says in (
        (("--llm",), "there is no key"),
        (("--llm", "--max-cost-usd", "1"), "nobody is there to agree"),
        (("--llm", "--redaction", "some"), "no level"),
        (("--llm", "--llm-effort", "huge"), "no effort"),
        (("--llm", "--llm-base-url", "http://gateway.example.com"), "https"),
        (("--llm", "--llm-base-url", "https://["), "--llm-base-url: is no address"),
        (("--llm", "--llm-base-url", "https://gateway:canary"), "--llm-base-url: is no address"),
        (("--llm", "--llm-record", "/nowhere/answers.json"), "its folder does not exist"),
    ):
        ran = pgaudit("review", NOWHERE, *arguments, env={"ANTHROPIC_API_KEY": KEY} if len(arguments) > 1 else NO_KEY)
        assert (ran.code, says in ran.err, "canary" in ran.err) == (2, True, False), ran.err
