from pathlib import Path

from migrations_safety.script.model import ScriptText, TransactionMode
from migrations_safety.script.reader import read_script
from pgaudit.migrations.sources import Migration, SqlPart, Tool, TxMode
from pgaudit.migrations.sources.script_texts import script_texts
from tests.pgaudit.migrations.sources.projects import migrations_at, write

GOOSE = """-- +goose Up
create table a (id int);

create index i on a (id);
-- +goose Down
drop table a;
"""


def statements(texts: list[ScriptText]) -> list[tuple[str, int, TransactionMode]]:
    return [(s.sql, s.line, s.transaction.mode) for s in read_script(texts)]


def test_statements_stand_on_the_lines_of_their_file_in_the_transaction_of_their_tool(tmp_path: Path) -> None:
    texts = list(script_texts(migrations_at(write(tmp_path, {"1_a.sql": GOOSE}))))
    assert statements(texts) == [
        ("create table a (id int)", 2, TransactionMode.RUNNER),
        ("create index i on a (id)", 4, TransactionMode.RUNNER),
    ]


def test_every_statement_of_a_generated_part_is_on_the_line_of_its_operation(tmp_path: Path) -> None:
    part = SqlPart(
        "create type k as enum ('a');\n\ncreate table t (\n    k k\n);\n", tmp_path / "r.py", 7, generated=True
    )
    migration = Migration(Tool.ALEMBIC, "r", "r", part.file, (part,), TxMode.ALL_PENDING)
    assert [(line, mode) for _sql, line, mode in statements(list(script_texts([migration])))] == [
        (7, TransactionMode.RUNNER),
        (7, TransactionMode.RUNNER),
    ]


def test_an_autocommit_part_is_outside_the_transaction_around_it(tmp_path: Path) -> None:
    path = tmp_path / "r.py"
    parts = (
        SqlPart("alter table t add a int;", path, 3, generated=True),
        SqlPart("create index concurrently i on t (a);", path, 5, TxMode.PER_STATEMENT, generated=True),
        SqlPart("alter table t add b int;", path, 6, generated=True),
    )
    migration = Migration(Tool.ALEMBIC, "r", "r", path, parts, TxMode.ALL_PENDING)
    found = list(read_script(script_texts([migration])))
    assert [statement.transaction.mode for statement in found] == [
        TransactionMode.RUNNER,
        TransactionMode.AUTOCOMMIT,
        TransactionMode.RUNNER,
    ]
    assert found[0].transaction != found[2].transaction
