"""`pgaudit serve` over HTTP and in a real browser: who may read what, and that nobody can write."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest
import urllib3
from playwright.sync_api import Browser, expect

from pgaudit.store.opening import open_store
from tests.pgaudit.cli.running import pgaudit
from tests.pgaudit.serving.conftest import HOSTILE, KEYLESS, Served, serving

TOKEN = "a-token-of-this-test"  # noqa: S105 - of this test


def get(url: str, method: str = "GET", **headers: str) -> urllib3.BaseHTTPResponse:
    return urllib3.request(method, url, headers=headers, redirect=False, retries=False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_reader_walks_from_the_targets_to_the_report_of_a_run(browser: Browser, served: Served, scheme: str) -> None:
    page = browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(served.url)
    page.get_by_role("link", name="shop/staging").click()
    first = page.locator("#standing tbody tr").first
    expect(first).to_contain_text(HOSTILE)
    expect(first).to_contain_text("new")
    expect(page.locator("#standing tbody tr").nth(1)).to_contain_text("table public.notes")
    assert page.locator("#standing tbody tr").count() == 2
    page.locator("#runs a").first.click()
    expect(page.locator(".worse h2")).to_contain_text("Got worse since the run of")
    expect(page.locator(".worse")).to_contain_text(HOSTILE)
    expect(page.locator("main")).to_contain_text("gone")
    expect(page.locator(".pygal-chart").first).to_be_visible()
    light: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (light == "rgb(246, 247, 249)") is (scheme == "light")
    assert complaints == []
    page.close()


def test_an_earlier_run_is_shown_as_it_was_without_what_came_after(served: Served) -> None:
    text = get(f"{served.url}/runs/1").data.decode()
    assert "public.lists" in text
    assert "History of" not in text
    assert "Got worse" not in text


def test_names_of_targets_and_objects_stay_text(browser: Browser, served: Served) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.goto(served.url)
    page.get_by_role("link", name=HOSTILE).click()
    expect(page.locator("h1")).to_have_text(HOSTILE)
    assert asked == []
    page.close()


@pytest.mark.parametrize("path", ["/runs/99", "/runs/99999999999999999999", "/targets/nobody", "/nowhere", "/runs/x"])
def test_what_is_not_there_is_not_found(served: Served, path: str) -> None:
    assert get(served.url + path).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/runs/1", "/targets/shop/staging"])
def test_nothing_can_be_written(served: Served, method: str, path: str) -> None:
    assert get(served.url + path, method).status == 405


def test_another_name_that_leads_here_is_refused(served: Served) -> None:
    assert get(served.url, Host="evil.example").status == 400
    assert get(served.url, Host="localhost").status == 200


def test_pages_are_neither_framed_nor_kept(served: Served) -> None:
    for path in ("/", "/runs/2"):
        headers = get(served.url + path).headers
        assert (headers["X-Frame-Options"], headers["Cache-Control"]) == ("DENY", "no-store")


def test_with_a_token_nothing_is_told_to_who_does_not_know_it(recorded_runs: str, browser: Browser) -> None:
    with serving(recorded_runs, "--host", "0.0.0.0", "--token", TOKEN) as one:  # noqa: S104 - what is tested
        for path in ("/", "/runs/1", "/targets/shop/staging", "/nowhere"):
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Cookie": f"pgaudit_token={TOKEN}"}):
                answer = get(one.url + path, **headers)
                assert answer.status == 401
                assert b"shop" not in answer.data
        assert get(one.url, Authorization=f"Bearer {TOKEN}").status == 200
        page = browser.new_page()
        page.goto(one.url)
        page.get_by_label("token").fill("wrong")
        page.get_by_role("button").click()
        expect(page.get_by_label("token")).to_be_visible()
        page.get_by_label("token").fill(TOKEN)
        page.get_by_role("button").click()
        expect(page.get_by_role("link", name="shop/staging")).to_be_visible()
        page.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--host", "0.0.0.0"), "can be reached by others"),  # noqa: S104 - what is tested
        (("--host", "::"), "can be reached by others"),
        (("--token", "short"), "fewer than 16 characters"),
        (("--host", "192.0.2.1", "--token", TOKEN), "cannot be listened on"),
    ],
)
def test_what_would_let_anybody_read_is_refused(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    ran = pgaudit("serve", "--store", str(tmp_path / "history.sqlite3"), "--port", "0", *arguments)
    assert ran.code == 2
    assert words in ran.err


def test_a_store_that_breaks_meanwhile_is_a_page_that_says_so(tmp_path: Path) -> None:
    store = str(tmp_path / "history.sqlite3")
    open_store(store).close()
    with serving(store) as one:
        assert b"Nothing recorded yet" in get(one.url).data
        connection = sqlite3.connect(store)
        connection.execute("drop table audit_target")
        connection.close()
        answer = get(one.url)
        assert (answer.status, b"no such table" in answer.data) == (503, True)


def test_the_check_that_the_pages_name_is_the_one_that_ran(served: Served) -> None:
    assert KEYLESS in get(f"{served.url}/targets/shop/staging").data.decode()


PAGES = ("/", "/targets/shop/staging", "/targets/unlucky", "/runs/1", "/runs/2", "/runs/3", "/nowhere")


def content_of(store: str) -> object:
    """Everything that the store holds, as it lies on disk or as the server has it."""
    if "://" not in store:
        return Path(store).read_bytes()
    with psycopg.connect(store) as connection:
        names = connection.execute(
            "select tablename from pg_catalog.pg_tables where schemaname = 'public' order by 1"
        ).fetchall()
        return {name: sorted(map(repr, connection.execute(f"table {name}".encode()))) for (name,) in names}


def test_reading_every_page_writes_nothing_and_needs_no_right_to_write(served: Served) -> None:
    before = content_of(served.store)
    assert [get(served.url + path).status for path in PAGES] == [200] * 6 + [404]
    assert content_of(served.store) == before
    if "://" in served.store:
        with psycopg.connect(served.store) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("delete from audit_run")


def test_a_target_that_cannot_be_audited_says_since_when_and_why(browser: Browser, served: Served) -> None:
    page = browser.new_page()
    page.goto(served.url)
    row = page.locator("tbody tr").filter(has_text="unlucky")
    expect(row).to_contain_text("failed")
    expect(row).to_contain_text("nothing answers there")
    row.get_by_role("link").click()
    expect(page.locator(".alert")).to_contain_text(
        "Cannot be audited since 2026-03-01 02:00 UTC: nothing answers there"
    )
    assert page.locator("#runs a").count() == 0
    page.close()
