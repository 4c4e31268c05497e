"""Messages about what changed: once for each change, against peers on loopback, tried again after failures."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest

from pgaudit.errors import BadConfiguration
from pgaudit.notify.channels import parse_channel
from tests.conftest import ServerPool
from tests.pgaudit.cli.running import Ran, pgaudit
from tests.pgaudit.notify.fakes import GithubPeer, WebPeer, mail_server, serving
from tests.servers import Database, free_port, fresh_database

CHECK = "constraints/missing_primary_key"


@pytest.fixture
def audited(server_pool: ServerPool) -> Iterator[Database]:
    with fresh_database(server_pool.get(17)) as database:
        yield database


@pytest.fixture
def peer() -> Iterator[WebPeer]:
    found = WebPeer()
    with serving(found):
        yield found


def night(database: Database, folder: Path, *channels: str, env: dict[str, str] | None = None, more: str = "") -> Ran:
    notify = [word for channel in channels for word in ("--notify", channel)]
    arguments = ["--store", str(folder / "h.sqlite3"), "--record-as", "shop", "--select", CHECK, "--format", "json"]
    return pgaudit("scan", database.dsn, *arguments, *notify, *more.split(), env=env)


def test_a_change_is_told_once_and_a_quiet_night_not_at_all(audited: Database, tmp_path: Path, peer: WebPeer) -> None:
    audited.execute("create table notes (body text)")
    for _ in range(3):
        night(audited, tmp_path, f"slack={peer.url}/hook")
    [told] = peer.accepted
    assert told.json["text"] == "shop: 1 new"
    assert "public.notes" in told.json["blocks"][1]["text"]["text"]


def test_what_was_fixed_is_told_too(audited: Database, tmp_path: Path, peer: WebPeer) -> None:
    audited.execute("create table notes (body text)")
    night(audited, tmp_path, f"slack={peer.url}/hook")
    audited.execute("alter table notes add primary key (body)")
    night(audited, tmp_path, f"slack={peer.url}/hook")
    assert [one.json["text"] for one in peer.accepted] == ["shop: 1 new", "shop: 1 fixed"]


def test_only_chosen_changes_are_told(audited: Database, tmp_path: Path, peer: WebPeer) -> None:
    night(audited, tmp_path, f"slack={peer.url}/hook", more="--notify-on worse")
    audited.execute("create table notes (body text)")
    night(audited, tmp_path, f"slack={peer.url}/hook", more="--notify-on worse")
    assert peer.accepted == []


def test_a_message_that_was_refused_arrives_with_the_next_run_and_only_once(
    audited: Database, tmp_path: Path, peer: WebPeer
) -> None:
    audited.execute("create table notes (body text)")
    peer.refuse = 500
    ran = night(audited, tmp_path, f"webhook={peer.url}/hook")
    assert (ran.code, peer.accepted) == (1, [])
    assert peer.refused > 1
    assert "webhook 127.0.0.1 was not told: the answer was 500" in ran.err
    peer.refuse = None
    for _ in range(2):
        night(audited, tmp_path, f"webhook={peer.url}/hook")
    [told] = peer.accepted
    assert told.json["counts"] == {"new": 1}


def test_one_channel_that_fails_does_not_make_the_other_tell_twice(
    audited: Database, tmp_path: Path, peer: WebPeer
) -> None:
    audited.execute("create table notes (body text)")
    for _ in range(2):
        night(audited, tmp_path, f"slack={peer.url}/hook", "webhook=http://127.0.0.1:9/closed")
    assert len(peer.accepted) == 1


def test_a_webhook_is_signed_over_its_body(audited: Database, tmp_path: Path, peer: WebPeer) -> None:
    audited.execute("create table notes (body text)")
    night(audited, tmp_path, f"webhook={peer.url}/hook", env={"PGAUDIT_WEBHOOK_SECRET": "s3cret"})
    [told] = peer.accepted
    expected = hmac.new(b"s3cret", told.body, hashlib.sha256).hexdigest()
    assert told.headers["x-signature-256"] == f"sha256={expected}"
    assert told.headers["idempotency-key"] == "shop:1"


def test_mail_arrives_with_the_title_as_its_subject(audited: Database, tmp_path: Path) -> None:
    audited.execute("create table notes (body text)")
    port = free_port()
    with mail_server(port) as received:
        night(audited, tmp_path, f"mail=smtp://127.0.0.1:{port}/?from=audit@example.org&to=dba@example.org")
    [mail] = received
    assert (mail["Subject"], mail["To"]) == ("shop: 1 new", "dba@example.org")


def test_one_issue_is_opened_rewritten_commented_and_closed(audited: Database, tmp_path: Path) -> None:
    github = GithubPeer()
    with serving(github):
        env = {"GITHUB_TOKEN": "t0ken", "GITHUB_API_URL": github.url}
        audited.execute("create table notes (body text)")
        night(audited, tmp_path, "github=owner/shop", env=env)
        audited.execute("create table lists (body text)")
        night(audited, tmp_path, "github=owner/shop", env=env)
        assert [(one["number"], one["state"]) for one in github.issues] == [(1, "open")]
        assert "lists" in github.issues[0]["body"]
        assert len(github.comments) == 1
        audited.execute("drop table notes, lists")
        night(audited, tmp_path, "github=owner/shop", env=env, more="--notify-on gone")
    assert [(one["number"], one["state"]) for one in github.issues] == [(1, "closed")]


def test_a_dead_man_switch_hears_of_the_start_the_end_and_a_failure(audited: Database, peer: WebPeer) -> None:
    pgaudit("scan", audited.dsn, "--select", CHECK, "--ping-url", f"{peer.url}/ping/1")
    pgaudit("scan", "postgresql://127.0.0.1:9/nowhere", "--ping-url", f"{peer.url}/ping/2", "--connect-timeout", "2")
    assert [one.path for one in peer.accepted] == ["/ping/1/start", "/ping/1", "/ping/2/start", "/ping/2/fail"]


def test_a_ping_that_is_not_answered_costs_nothing_but_a_line(audited: Database) -> None:
    ran = pgaudit("scan", audited.dsn, "--select", CHECK, "--ping-url", "http://127.0.0.1:9/ping")
    assert ran.code == 0
    assert "ping URL did not answer" in ran.err


def test_secrets_in_urls_are_never_said(audited: Database, tmp_path: Path) -> None:
    audited.execute("create table notes (body text)")
    ran = night(
        audited,
        tmp_path,
        "slack=http://127.0.0.1:9/services/T0/B0/s3cret",
        "mail=smtp://me:s3cret@127.0.0.1:9/?from=a@example.org&to=b@example.org",
    )
    assert "s3cret" not in ran.err + ran.out
    assert b"s3cret" not in (tmp_path / "h.sqlite3").read_bytes()


@pytest.mark.parametrize(
    "text",
    ["pigeon=coop", "slack=ftp://x/y", "slack", "mail=smtp://host/", "github=owner", "github=owner/shop"],
)
def test_a_channel_that_cannot_work_is_refused_before_anything_is_done(text: str) -> None:
    with pytest.raises(BadConfiguration):
        parse_channel(text, {})
