"""What `pgaudit ask` says beside its answer, and what becomes of the answer where a file cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pgaudit.cli.running import pgaudit
from tests.servers import Database

NOWHERE = "postgresql://me:s3cret@127.0.0.1:9/scratch"


@pytest.mark.pg("== 17")
def test_a_quiet_question_is_answered_without_a_word_about_the_shadow_that_is_not_there(database: Database) -> None:
    database.execute("create table orders (id bigint primary key)")
    question = ("ask", "schema-design", database.dsn, "--entity", "orders", "--isolated", "--shadow-dsn", NOWHERE)
    told, quiet = pgaudit(*question), pgaudit(*question, "-q")
    assert (told.code, quiet.code, quiet.err) == (0, 0, "")
    assert len(told.error_lines) == 1
    assert told.err.endswith("nothing is proved\n")
    assert "cannot reach" in quiet.out
    assert "s3cret" not in told.err + told.out


@pytest.mark.pg("== 17")
def test_a_file_that_cannot_be_written_costs_no_other_and_not_the_answer(database: Database, tmp_path: Path) -> None:
    database.execute("create table orders (id bigint primary key)")
    folder, good = tmp_path / "folder.md", tmp_path / "good.md"
    folder.mkdir()
    question = ("ask", "schema-design", database.dsn, "--entity", "orders", "--isolated", "--no-shadow", "-q")
    ran = pgaudit(*question, "-o", str(folder), "-o", str(good))
    assert (ran.code, ran.out) == (2, "")
    assert ran.error_lines == [f"pgaudit: cannot write {folder} (Is a directory): choose another path with --output"]
    assert "orders" in good.read_text("utf-8")
    alone = pgaudit(*question, "-o", str(folder))
    assert (alone.code, len(alone.error_lines)) == (2, 1)
    assert alone.out.splitlines()[0] == good.read_text("utf-8").splitlines()[0]
