import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pgaudit.migrations.sources import OpaqueReason, State, Tool, open_project
from pgaudit.migrations.sources.errors import FolderChangedError, UnreadableFileError
from pgaudit.migrations.sources.files import natural_key, read_stable, walk
from tests.pgaudit.migrations.sources.projects import migrations_at, pending_of, plan_at, write

SQL = "create table t (id int);\nselect 'ä';\n"


def test_a_link_that_loops_is_walked_once(tmp_path: Path) -> None:
    write(tmp_path, {"sql/a.sql": SQL, "sql/sub/b.sql": SQL})
    (tmp_path / "sql/sub/up").symlink_to(tmp_path / "sql")
    (tmp_path / "sql/self").symlink_to("self")
    (tmp_path / "sql/self.sql").symlink_to("self.sql")
    assert [path.name for path in walk(tmp_path / "sql", (".sql",))] == ["a.sql", "b.sql"]
    assert [migration.version for migration in migrations_at(tmp_path / "sql", Tool.PLAIN)] == ["a.sql", "sub/b.sql"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_is_the_same_in_every_encoding_and_line_end(tmp_path: Path, encoding: str) -> None:
    write(tmp_path, {"1_a.sql": SQL.replace("\n", "\r\n").encode(encoding)})
    (migration,) = migrations_at(tmp_path)
    assert migration.parts[0].text.replace("\r\n", "\n") == SQL
    assert not migration.opaque


def test_big_endian_utf_16_is_text_too(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": b"\xfe\xff" + SQL.encode("utf-16-be")})
    assert migrations_at(tmp_path)[0].parts[0].text == SQL


def test_a_binary_file_is_an_opaque_migration_beside_the_others(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": b"\x00\x01PGDMP\x00" * 100, "2_b.sql": SQL})
    result = plan_at(tmp_path, None, tool=Tool.PLAIN)
    assert [state.state for state in result.assessments[0].states] == [State.OPAQUE, State.PENDING]
    assert [step.reason for step in result.pending[0].opaque] == [OpaqueReason.BINARY]


def test_bytes_that_are_not_utf_8_are_replaced_and_told(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": b"-- caf\xe9\ncreate table t (id int);"})
    (migration,) = migrations_at(tmp_path)
    assert "create table t" in migration.parts[0].text
    assert [step.reason for step in migration.opaque] == [OpaqueReason.NOT_UTF8]


def test_an_empty_file_is_a_migration_without_parts(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": "", "2_b.sql": SQL})
    assert [len(migration.parts) for migration in migrations_at(tmp_path)] == [0, 1]


def test_a_folder_called_like_a_file_is_no_migration(tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").mkdir()
    write(tmp_path, {"2_b.sql": SQL})
    assert [migration.path.name for migration in migrations_at(tmp_path)] == ["2_b.sql"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": SQL})
    (tmp_path / "1_a.sql").chmod(0)
    with pytest.raises(UnreadableFileError, match=r"1_a\.sql cannot be read"):
        migrations_at(tmp_path)


def test_a_pipe_called_like_a_migration_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, {"2_b.sql": SQL})
    os.mkfifo(tmp_path / "1_a.sql")
    assert [migration.path.name for migration in migrations_at(tmp_path)] == ["2_b.sql"]


def test_a_folder_that_changes_once_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": SQL})
    attempts: list[int] = []

    def read() -> list[str]:
        attempts.append(1)
        if len(attempts) == 1:
            write(tmp_path, {"2_b.sql": SQL})
        return [path.name for path in walk(tmp_path, (".sql",))]

    assert read_stable(tmp_path, read) == ["1_a.sql", "2_b.sql"]
    assert len(attempts) == 2


def test_a_folder_that_keeps_changing_is_an_error_that_says_so(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": SQL})
    numbers = itertools.count(2)

    def read_while_another_writes() -> None:
        write(tmp_path, {f"{next(numbers)}_x.sql": SQL})

    with pytest.raises(FolderChangedError, match="changed while it was read"):
        read_stable(tmp_path, read_while_another_writes)


def test_ten_thousand_files_are_all_read_in_order(tmp_path: Path) -> None:
    for number in range(10_000):
        (tmp_path / f"{number}_m.up.sql").write_text(SQL)
    project = open_project([tmp_path])
    assert [int(migration.version) for migration in project.migrations] == list(range(10_000))
    assert len(pending_of(plan_at(tmp_path, None))) == 10_000


def test_fifty_megabytes_of_inserts_are_read_below_300_mb_of_memory(tmp_path: Path) -> None:
    line = "insert into t values (1, 'a text of a length that is usual in such files');\n"
    write(tmp_path, {"V1__big.sql": line * (50_000_000 // len(line))})
    code = (
        "from pathlib import Path; from pgaudit.migrations.sources import open_project, plan;"
        f"result = plan(open_project([Path({str(tmp_path)!r})]), None);"
        "status = Path('/proc/self/status').read_text();"
        "print(len(result.pending), int(status.partition('VmHWM:')[2].split()[0]) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    pending, peak_megabytes = map(int, done.stdout.split())
    assert pending == 1
    assert peak_megabytes < 300


def test_a_log_that_grows_beside_the_migrations_is_no_change_of_them(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": SQL})

    def read() -> str:
        (tmp_path / "server.log").write_text("line\n" * 3)
        return "read"

    assert read_stable(tmp_path, read) == "read"


def test_digits_in_names_sort_as_numbers() -> None:
    names = ["10_b", "9_a", "a10", "a9", "v1.10", "v1.9", "x"]
    assert sorted(names, key=natural_key) == ["9_a", "10_b", "a9", "a10", "v1.9", "v1.10", "x"]


def test_reading_imports_no_driver(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": SQL})
    code = (
        "import sys; from pathlib import Path; from pgaudit.migrations.sources import open_project, plan;"
        f"plan(open_project([Path({str(tmp_path)!r})]), None);"
        "print([m for m in ('psycopg', 'sqlalchemy', 'alembic', 'django') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"
