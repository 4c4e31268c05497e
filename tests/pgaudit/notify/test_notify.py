"""Messages about what changed: once for each change, against peers on loopback, tried again after failures."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from pgaudit.cli.failures import failures_told
from pgaudit.cli.recording import Recording
from pgaudit.errors import BadConfiguration, Interrupted
from pgaudit.notify.channels import parse_channel
from tests.conftest import ServerPool
from tests.pgaudit.cli.running import Ran, pgaudit
from tests.pgaudit.notify.fakes import GithubPeer, WebPeer, mail_server, serving
from tests.pgaudit.store.conftest import url_of
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


def night(
    database: Database | str, folder: Path, *channels: str, env: dict[str, str] | None = None, more: str = ""
) -> Ran:
    notify = [word for channel in channels for word in ("--notify", channel)]
    arguments = ["--store", str(folder / "h.sqlite3"), "--record-as", "shop", "--select", CHECK, "--format", "json"]
    dsn = database if isinstance(database, str) else database.dsn
    return pgaudit("scan", dsn, *arguments, *notify, *more.split(), env=env)


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


def test_what_a_webhook_refused_for_an_hour_arrives_in_order_and_each_once(
    audited: Database, tmp_path: Path, peer: WebPeer
) -> None:
    peer.refuse = 500
    for name in ("notes", "lists", "tags"):
        audited.execute(f"create table {name} (body text)")
        assert night(audited, tmp_path, f"webhook={peer.url}/hook").code == 1
    peer.refuse = None
    night(audited, tmp_path, f"webhook={peer.url}/hook")
    told = [[change["object"] for change in one.json["changes"]] for one in peer.accepted]
    assert told == [["table public.notes"], ["table public.lists"], ["table public.tags"]]
    keys = [one.headers["idempotency-key"] for one in peer.accepted]
    assert keys == ["shop:1", "shop:2", "shop:3"]


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


def test_a_channel_without_its_place_says_where_the_place_can_be_given() -> None:
    with pytest.raises(BadConfiguration, match=r"write slack=https://\.\.\., or slack alone and set SLACK_WEBHOOK_URL"):
        parse_channel("slack", {})
    assert parse_channel("slack", {"SLACK_WEBHOOK_URL": "https://hooks.example/x"}).name == "slack"


# ---- audits that fail


def named(dsn: str, **changes: str) -> str:
    """The same server, so changed that it cannot be audited."""
    return make_conninfo(dsn, **changes)


def failed_night(dsn: str, folder: Path, *channels: str, env: dict[str, str] | None = None) -> Ran:
    return night(dsn, folder, *channels, env=env, more="--connect-timeout 2")


def test_a_target_that_cannot_be_audited_is_told_once_and_again_when_it_is_over_and_nothing_is_fixed(
    audited: Database, tmp_path: Path, peer: WebPeer
) -> None:
    audited.execute("create table notes (body text)")
    channel = f"webhook={peer.url}/hook"
    night(audited, tmp_path, channel)
    broken = named(audited.dsn, dbname="nowhere_at_all")
    assert [failed_night(broken, tmp_path, channel).code for _ in range(2)] == [3, 3]
    for _ in range(2):
        night(audited, tmp_path, channel)
    first, failed, again = (one.json for one in peer.accepted)
    assert first["counts"] == {"new": 1}
    assert (failed["open_findings"], failed["changes"]) == (1, [])
    assert "nowhere_at_all" in failed["failure"]
    assert (again["is_audited_again"], again["failing_since"], again["counts"]) == (True, failed["failing_since"], {})
    listed = json.loads(pgaudit("history", "--store", str(tmp_path / "h.sqlite3"), "--format", "json").out)
    unchanged: dict[str, int] = {"unchanged": 1}
    assert [one["states"] for one in listed] == [unchanged, unchanged, {}, {}, {"new": 1}]
    assert "nowhere_at_all" in listed[2]["failure"]
    assert "failed: " in pgaudit("history", "--store", str(tmp_path / "h.sqlite3")).out


def test_a_password_that_is_wrong_stays_a_secret(audited: Database, tmp_path: Path, peer: WebPeer) -> None:
    broken = named(audited.dsn, user="nobody_at_all", password="s3cret")  # noqa: S106 - of this test
    ran = failed_night(broken, tmp_path, f"webhook={peer.url}/hook")
    [told] = peer.accepted
    assert (ran.code, "nobody_at_all" in told.json["failure"]) == (3, True)
    assert b"s3cret" not in told.body
    assert "s3cret" not in ran.err + ran.out
    assert b"s3cret" not in (tmp_path / "h.sqlite3").read_bytes()


def test_a_server_that_never_answers_is_told_too(tmp_path: Path, peer: WebPeer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        dsn = f"postgresql://me@127.0.0.1:{silent.getsockname()[1]}/shop"
        assert failed_night(dsn, tmp_path, f"webhook={peer.url}/hook").code == 3
    [told] = peer.accepted
    assert told.json["failure"]


def test_a_crash_of_ours_is_told_by_its_name_and_goes_on(tmp_path: Path, peer: WebPeer) -> None:
    channels = (parse_channel(f"webhook={peer.url}/hook", {}),)
    recording = Recording(str(tmp_path / "h.sqlite3"), "shop", channels)

    def crash() -> None:
        with failures_told(recording, "staging", 0.0):
            raise KeyError("s3cret")

    with pytest.raises(KeyError):
        crash()
    [told] = peer.accepted
    assert (told.json["target"], told.json["failure"]) == ("shop", "KeyError, a mistake in pgaudit")


def test_whoever_stops_an_audit_by_hand_is_not_told_of_it_and_a_scheduler_s_kill_is_a_failure(
    tmp_path: Path, peer: WebPeer
) -> None:
    recording = Recording(str(tmp_path / "h.sqlite3"), "shop", (parse_channel(f"webhook={peer.url}/hook", {}),))

    def stopped(error: BaseException) -> None:
        with pytest.raises(type(error)), failures_told(recording, "staging", 0.0):
            raise error

    for by_hand in (Interrupted(signal.SIGINT), KeyboardInterrupt()):
        stopped(by_hand)
    assert peer.accepted == []
    stopped(Interrupted(signal.SIGTERM))
    assert [one.json["failure"] for one in peer.accepted] == ["stopped by SIGTERM"]


def test_every_channel_hears_of_a_failure_whatever_becomes_of_the_others(
    audited: Database, tmp_path: Path, peer: WebPeer
) -> None:
    port, github = free_port(), GithubPeer()
    broken = named(audited.dsn, dbname="nowhere_at_all")
    channels = (
        "webhook=http://127.0.0.1:9/closed",
        f"slack={peer.url}/hook",
        "github=owner/shop",
        f"mail=smtp://127.0.0.1:{port}/?from=audit@example.org&to=dba@example.org",
    )
    with mail_server(port) as received, serving(github):
        ran = failed_night(broken, tmp_path, *channels, env={"GITHUB_TOKEN": "t0ken", "GITHUB_API_URL": github.url})
    assert ran.code == 3
    [slack], [mail], [issue] = peer.accepted, received, github.issues
    assert "cannot be audited since" in slack.json["text"]
    assert "cannot be audited since" in str(mail["Subject"])
    assert (issue["state"], "cannot be audited since" in issue["body"]) == ("open", True)
    assert "webhook 127.0.0.1 was not told" in ran.err


def test_an_issue_stays_open_while_nothing_is_known_and_is_closed_when_all_is_well(
    audited: Database, tmp_path: Path
) -> None:
    github = GithubPeer()
    with serving(github):
        env = {"GITHUB_TOKEN": "t0ken", "GITHUB_API_URL": github.url}
        failed_night(named(audited.dsn, dbname="nowhere_at_all"), tmp_path, "github=owner/shop", env=env)
        assert [one["state"] for one in github.issues] == ["open"]
        night(audited, tmp_path, "github=owner/shop", env=env)
    assert [one["state"] for one in github.issues] == ["closed"]
    assert any("is audited again" in comment for comment in github.comments)


def test_a_failure_that_could_not_be_told_is_told_by_the_next_night_even_if_that_fails_too(
    audited: Database, tmp_path: Path, peer: WebPeer
) -> None:
    broken = named(audited.dsn, dbname="nowhere_at_all")
    peer.refuse = 500
    failed_night(broken, tmp_path, f"slack={peer.url}/hook")
    peer.refuse = None
    failed_night(broken, tmp_path, f"slack={peer.url}/hook")
    [told] = peer.accepted
    assert "cannot be audited since" in told.json["text"]


def test_a_failure_is_told_even_where_there_is_no_store_to_remember_it(audited: Database, peer: WebPeer) -> None:
    ran = failed_night(named(audited.dsn, dbname="nowhere_at_all"), Path("/proc"), f"slack={peer.url}/hook")
    [told] = peer.accepted
    assert (ran.code, "cannot be audited since" in told.json["text"]) == (3, True)
    assert "was not recorded" in ran.err


def test_a_database_that_nothing_was_recorded_in_is_not_made_a_store_by_a_failure(
    audited: Database, server_pool: ServerPool
) -> None:
    with fresh_database(server_pool.get(17)) as empty:
        store = url_of(empty.dsn)
        ran = pgaudit("scan", named(audited.dsn, dbname="nowhere_at_all"), "--store", store)
        with empty.connect() as connection:
            tables = connection.execute("select count(*) from pg_catalog.pg_class where relname like 'audit%'")
            assert (ran.code, tables.fetchone()) == (3, (0,))
    assert "nothing was recorded there yet" in ran.err
