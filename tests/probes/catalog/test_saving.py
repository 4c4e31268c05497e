"""A snapshot file gives the same picture and the same findings, or says what is wrong with it."""

from __future__ import annotations

import gzip
import os
import stat
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pgaudit.audit.run import run_checks
from probes.catalog.catalog import Absent, Catalog
from probes.catalog.rows import PgClass, PgSetting
from probes.catalog.saving import FORMAT_VERSION, NewerSnapshotError, SnapshotError, load, save
from probes.catalog.server import Server
from probes.check import built_in_checks
from tests.probes.collect.conftest import Rich

SERVER = Server(
    version_num=180000, version="18.0", database="d", database_oid=1, role="r", role_oid=10, superuser=True,
    in_recovery=False, block_size=8192, max_identifier_length=63, encoding="UTF8", collected_at=2.0, started_at=1.0,
    stats_reset_at=None,
)  # fmt: skip


def small_catalog() -> Catalog:
    kind = (None, None, None, "user", "default", "string")
    rows = tuple(
        PgSetting(f"s{i}", "v" * 50, *kind, pending_restart=False, source_file=None, source_line=None)
        for i in range(50)
    )
    return Catalog(SERVER, {PgSetting: rows, PgClass: Absent("refused", "a GRANT")})


def test_rows_findings_and_absences_come_back_equal(rich: Rich, tmp_path: Path) -> None:
    file = tmp_path / "app.pgsnapshot"
    save(rich.catalog, file, {"state": b"\0rows\xff"})
    loaded, attachments = load(file)
    assert attachments == {"state": b"\0rows\xff"}
    assert loaded.server == rich.catalog.server
    assert dict(loaded.areas()) == dict(rich.catalog.areas())
    checks = built_in_checks()
    before, after = run_checks(rich.catalog, checks), run_checks(loaded, checks)
    assert before.findings
    assert msgspec.structs.replace(after, check_ms=before.check_ms) == before  # all but how long it took


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "app.pgsnapshot"
    previous = os.umask(0)
    try:
        save(small_catalog(), file)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_failed_save_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "app.pgsnapshot"
    file.write_text("old")

    class DiskFullError(OSError):
        pass

    def full(_descriptor: int) -> None:
        raise DiskFullError

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError):
        save(small_catalog(), file)
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["app.pgsnapshot"]


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        save(small_catalog(), tmp_path / "nowhere" / "app.pgsnapshot")


def test_a_newer_format_says_so(tmp_path: Path) -> None:
    file = tmp_path / "app.pgsnapshot"
    file.write_bytes(b"pgaudit-snapshot/%d\nwhatever" % (FORMAT_VERSION + 1))
    with pytest.raises(NewerSnapshotError) as caught:
        load(file)
    assert caught.value.found == FORMAT_VERSION + 1


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"PK\x03\x04", b"pgaudit-snapshot/", b"pgaudit-snapshot/x\n", b"\0" * 100]
)
def test_another_kind_of_file_is_recognised(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "app.pgsnapshot"
    file.write_bytes(content)
    with pytest.raises(SnapshotError, match="not a pgaudit snapshot"):
        load(file)


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "app.pgsnapshot"
    save(small_catalog(), file)
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(SnapshotError):
            load(file)


def test_a_stream_cut_at_a_frame_and_closed_properly_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "app.pgsnapshot"
    save(small_catalog(), file)
    head, _, body = file.read_bytes().partition(b"\n")
    plain = gzip.decompress(body)
    starts, at = [0], 0
    while at < len(plain):
        at += 8 + int.from_bytes(plain[at : at + 8], "big")
        starts.append(at)
    assert len(starts) > 3
    for end in starts[:-1]:
        file.write_bytes(head + b"\n" + gzip.compress(plain[:end]))
        with pytest.raises(SnapshotError):
            load(file)


@given(st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_flipped_byte_never_gives_another_picture(tmp_path: Path, data: st.DataObject) -> None:
    file = tmp_path / "app.pgsnapshot"
    save(small_catalog(), file)
    content = bytearray(file.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content)
    try:
        loaded, _ = load(file)
    except SnapshotError:
        return
    assert dict(loaded.areas()) == dict(small_catalog().areas())


@given(st.binary(max_size=300))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_content_raises_anything_else(tmp_path: Path, body: bytes) -> None:
    file = tmp_path / "app.pgsnapshot"
    for content in (
        body,
        gzip.compress(body),
        gzip.compress(len(body).to_bytes(8, "big") + body),
        gzip.compress(b"\xff" * 8 + body),
    ):
        file.write_bytes(b"pgaudit-snapshot/1\n" + content)
        with pytest.raises(SnapshotError):
            load(file)
