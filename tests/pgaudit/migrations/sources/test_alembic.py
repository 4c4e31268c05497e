import os
import subprocess
import sys
from pathlib import Path

import pytest

from pgaudit.migrations.sources import (
    Migration,
    OpaqueReason,
    ProblemKind,
    SourceOptions,
    State,
    TxMode,
    open_project,
    plan,
)
from pgaudit.migrations.sources.errors import BadProjectFileError, ProjectCodeError
from pgaudit.migrations.sources.state_reader import read_state
from tests.pgaudit.migrations.sources.projects import migrations_at, pending_of, plan_at, plan_on, states_of, write
from tests.servers import Database

ENV = """
import os
from alembic import context
from sqlalchemy import create_engine, pool
with open(os.path.join(os.path.dirname(__file__), "ran"), "w") as mark:
    mark.write("x")
if context.is_offline_mode():
    context.configure(dialect_name="postgresql", literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(os.environ["APP_URL"], poolclass=pool.NullPool).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""
INI = "[alembic]\nscript_location = %(here)s/db\n"
HEAD = "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n"


def revision(name: str, down: str, body: str, head: str = HEAD) -> str:
    upgrade = f"\n\ndef upgrade() -> None:\n{body}\n"
    downgrade = "\n\ndef downgrade():\n    op.drop_table('no')\n"
    return f"{head}revision = '{name}'\ndown_revision: str | None = {down}\n{upgrade}{downgrade}"


FIRST = """    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("kind", sa.Enum("a", "b", name="kind"), nullable=False, server_default="a"),
        sa.Column("data", postgresql.JSONB()),
        sa.Column("made", sa.DateTime(timezone=True), server_default=sa.func.now()),
    )
    op.execute("insert into account default values")"""
SECOND = """    op.add_column("account", sa.Column("email", sa.String(length=200)))
    with op.get_context().autocommit_block():
        op.create_index(op.f("ix_email"), "account", ["email"], postgresql_concurrently=True)
    op.execute(SQL)
    with op.batch_alter_table("account") as batch:
        batch.alter_column("email", existing_type=sa.String(200), nullable=False)
        batch.create_check_constraint("c", sa.text("id > 0"))"""
THIRD = """    bind = op.get_bind()
    bind.execute(sa.text("update account set email = 'it\\\\:s'"))
    for name in ("a", "b"):
        op.execute(f"drop table if exists {name}")
    op.add_column("account", sa.Column("own", MyType()))
    op.execute(f"alter table account add x_{sa.__name__} int")"""


def project(root: Path) -> Path:
    sql = HEAD + 'SQL = """\nupdate account\n   set email = \'x\' || id\n"""\n'
    return write(
        root,
        {
            "alembic.ini": INI,
            "db/env.py": ENV,
            "db/versions/zz_first.py": revision("aaa1", "None", FIRST),
            "db/versions/mm_second.py": revision("bbb2", "'aaa1'", SECOND, sql),
            "db/versions/aa_third.py": revision("ccc3", "'bbb2'", THIRD),
        },
    )


def run_alembic(root: Path, database: Database, *arguments: str) -> None:
    with database.connect() as connection:
        info = connection.info
        url = f"postgresql+psycopg://{info.user}@/{info.dbname}?host={info.host}&port={info.port}"
        password = info.password
    environment = {**os.environ, "APP_URL": url, "PGPASSWORD": password}
    subprocess.run(
        [sys.executable, "-m", "alembic", *arguments], cwd=root, env=environment, check=True, capture_output=True
    )


def line_in(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line)


def flat(migration: Migration) -> list[tuple[str, int, TxMode | None]]:
    """Text, line of the first word and transaction of each part."""
    lines = (part.first_line + (0 if part.generated else _blank_lines(part.text)) for part in migration.parts)
    texts = (" ".join(part.text.split()).rstrip(";") for part in migration.parts)
    return list(zip(texts, lines, (part.tx_mode for part in migration.parts), strict=True))


def _blank_lines(text: str) -> int:
    return text[: len(text) - len(text.lstrip())].count("\n")


def test_revisions_follow_the_graph_and_not_the_file_names(tmp_path: Path) -> None:
    found = migrations_at(project(tmp_path))
    assert [migration.version for migration in found] == ["aaa1", "bbb2", "ccc3"]
    assert {migration.tx_mode for migration in found} == {TxMode.ALL_PENDING}


def test_operations_with_literal_arguments_are_rendered_without_running_the_project(tmp_path: Path) -> None:
    root = project(tmp_path)
    first, second, _third = plan_at(root, None).pending
    path = first.path
    assert [text for text, _line, _tx in flat(first)][-1] == "insert into account default values"
    table = flat(first)[0]
    assert table[0].startswith("CREATE TYPE kind AS ENUM ('a', 'b'); CREATE TABLE account ( id BIGSERIAL NOT NULL")
    assert "made TIMESTAMP WITH TIME ZONE DEFAULT now()" in table[0]
    assert table[1] == line_in(path, "op.create_table(")
    assert flat(second) == [
        ("ALTER TABLE account ADD COLUMN email VARCHAR(200)", line_in(second.path, "op.add_column"), None),
        (
            "CREATE INDEX CONCURRENTLY ix_email ON account (email)",
            line_in(second.path, "op.create_index"),
            TxMode.PER_STATEMENT,
        ),
        ("update account set email = 'x' || id", line_in(second.path, "update account"), None),
        ("ALTER TABLE account ALTER COLUMN email SET NOT NULL", line_in(second.path, "batch.alter_column"), None),
        ("ALTER TABLE account ADD CONSTRAINT c CHECK (id > 0)", line_in(second.path, "batch.create_check"), None),
    ]
    assert not first.opaque
    assert not second.opaque
    assert not (root / "db/ran").exists()


def test_what_only_running_can_tell_is_opaque_at_its_line(tmp_path: Path) -> None:
    third = plan_at(project(tmp_path), None).pending[2]
    assert flat(third) == [("update account set email = 'it:s'", line_in(third.path, "bind.execute"), None)]
    assert [(step.reason, step.line) for step in third.opaque] == [
        (OpaqueReason.PROGRAM_CODE, line_in(third.path, "for name in")),
        (OpaqueReason.NEEDS_EXEC, line_in(third.path, "MyType")),
        (OpaqueReason.INTERPOLATED, line_in(third.path, "alter table account add x_")),
    ]


def test_an_enum_that_the_file_creates_by_itself_is_rendered(tmp_path: Path) -> None:
    body = (
        "    kind = postgresql.ENUM('a', \"b'c\", name='kind', schema='app')\n"
        "    kind.create(op.get_bind(), checkfirst=True)\n    kind.drop(op.get_bind())\n    thing.create()"
    )
    root = write(tmp_path, {"alembic.ini": INI, "db/env.py": ENV, "db/versions/a.py": revision("a", "None", body)})
    (migration,) = plan_at(root, None).pending
    assert [text for text, _line, _tx in flat(migration)] == [
        "CREATE TYPE app.kind AS ENUM ('a', 'b''c')",
        "DROP TYPE app.kind",
    ]
    assert [step.line for step in migration.opaque] == [line_in(migration.path, "thing.create")]


def test_a_hostile_revision_runs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    evil = (
        f"    op.create_table('t', sa.Column('a', sa.Integer(), default=__import__('os').system('touch {mark}')))\n"
        f"    op.add_column('t', sa.Column('b', sa.util.langhelpers.os.system('touch {mark}')))\n"
        f"    op.execute(open('{mark}', 'w').write('x'))"
    )
    text = revision("aaa1", "None", evil) + f"\nopen('{mark}', 'w')\n"
    root = write(tmp_path, {"alembic.ini": INI, "db/env.py": ENV, "db/versions/a.py": text})
    (migration,) = plan_at(root, None).pending
    assert not mark.exists()
    assert migration.parts == ()
    assert len(migration.opaque) == 3


@pytest.mark.pg("!= 14, != 15, != 16, != 17")
def test_pending_is_what_the_table_made_by_alembic_itself_does_not_reach(tmp_path: Path, database: Database) -> None:
    root = project(tmp_path)
    run_alembic(root, database, "upgrade", "aaa1")
    result = plan_on(database, root)
    assert states_of(result) == {"aaa1": State.APPLIED, "bbb2": State.PENDING, "ccc3": State.PENDING}


@pytest.mark.pg(">= 18")
def test_a_revision_that_only_the_database_knows_is_missing_on_disk(tmp_path: Path, database: Database) -> None:
    database.execute(
        "create table alembic_version (version_num varchar(32)); insert into alembic_version values ('gone');"
    )
    assert states_of(plan_on(database, project(tmp_path)))["gone"] is State.MISSING_ON_DISK


@pytest.mark.pg(">= 18")
def test_with_allow_exec_the_projects_own_alembic_prints_the_sql(tmp_path: Path, database: Database) -> None:
    root = project(tmp_path)
    rendered = flat(plan_at(root, None).pending[1])
    third = root / "db/versions/aa_third.py"
    third.write_text(
        third.read_text()
        .replace("MyType()", "__import__('sqlalchemy').Numeric(10, 2)")
        .replace("bind.execute", "op.execute")
    )
    run_alembic(root, database, "upgrade", "aaa1")
    (root / "db/ran").unlink()
    second, last = plan_on(database, root, allow_exec=True, python=Path(sys.executable)).pending
    assert (root / "db/ran").exists()
    assert flat(second) == rendered
    function = line_in(last.path, "def upgrade")
    assert [(text, line) for text, line, _tx in flat(last)] == [
        ("update account set email = 'it:s'", line_in(last.path, "op.execute(sa.text")),
        (
            (
                "drop table if exists a; drop table if exists b; ALTER TABLE account ADD COLUMN own NUMERIC(10, 2);"
                " alter table account add x_sqlalchemy int"
            ),
            function,
        ),
    ]
    assert not any("alembic_version" in part.text for part in (*second.parts, *last.parts))


def test_a_project_that_cannot_run_says_why_in_one_line(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "db/env.py").write_text("raise RuntimeError('no settings here')\n")
    options = SourceOptions(allow_exec=True, python=Path(sys.executable))
    with pytest.raises(ProjectCodeError, match="no settings here") as caught:
        plan(open_project([root], options=options), None)
    assert "\n" not in str(caught.value)


def test_two_heads_are_reported_and_a_merge_joins_them(tmp_path: Path) -> None:
    root = project(tmp_path)
    write(root, {"db/versions/other.py": revision("ddd4", "'bbb2'", "    pass")})
    heads = [problem for problem in plan_at(root, None).problems if problem.kind is ProblemKind.SEVERAL_HEADS]
    assert [set(problem.versions) for problem in heads] == [{"ccc3", "ddd4"}]
    write(root, {"db/versions/merge.py": revision("eee5", "('ccc3', 'ddd4')", "    pass")})
    result = plan_at(root, None)
    assert not result.problems
    assert pending_of(result)[-1] == "eee5"


@pytest.mark.pg(">= 18")
def test_several_rows_are_several_heads_and_dependencies_count_as_applied(tmp_path: Path, database: Database) -> None:
    root = project(tmp_path)
    branch = revision("ddd4", "None", "    pass") + "\nbranch_labels = ('side',)\ndepends_on = 'bbb2'\n"
    write(root, {"db/versions/other.py": branch})
    database.execute(
        "create table alembic_version (version_num varchar(32)); insert into alembic_version values ('ddd4');"
    )
    assert states_of(plan_on(database, root)) == {
        "aaa1": State.APPLIED,
        "bbb2": State.APPLIED,
        "ccc3": State.PENDING,
        "ddd4": State.APPLIED,
    }


def test_env_py_literals_move_the_version_table_and_split_the_transaction(tmp_path: Path) -> None:
    root = project(tmp_path)
    env = ENV.replace(
        "connection=connection",
        "connection=connection, transaction_per_migration=True, version_table='v', version_table_schema='app'",
    )
    (root / "db/env.py").write_text(env)
    opened = open_project([root])
    assert (opened.options.state_table, opened.options.state_schema) == ("v", "app")
    assert {migration.tx_mode for migration in opened.migrations} == {TxMode.PER_FILE}


@pytest.mark.pg(">= 18")
def test_a_version_table_that_env_py_moved_is_found(tmp_path: Path, database: Database) -> None:
    root = project(tmp_path)
    (root / "db/env.py").write_text(
        ENV.replace("connection=connection", "connection=connection, version_table='v', version_table_schema='app'")
    )
    database.execute(
        "create schema app; create table app.v (version_num varchar(32)); insert into app.v values ('bbb2');"
    )
    assert pending_of(plan_on(database, root)) == ["ccc3"]


def test_a_circle_and_a_missing_parent_and_broken_python_are_each_told(tmp_path: Path) -> None:
    root = project(tmp_path)
    write(root, {"db/versions/lost.py": revision("ddd4", "'nowhere'", "    pass")})
    kinds = [problem.kind for problem in plan_at(root, None).problems]
    assert ProblemKind.UNKNOWN_PARENT in kinds
    write(
        root,
        {
            "db/versions/lost.py": revision("ddd4", "'eee5'", "    pass"),
            "db/versions/l2.py": revision("eee5", "'ddd4'", "    pass"),
        },
    )
    with pytest.raises(BadProjectFileError, match="circle"):
        migrations_at(root)
    write(root, {"db/versions/lost.py": "def upgrade(:\n"})
    with pytest.raises(BadProjectFileError, match=r"lost\.py:1 is not valid Python"):
        migrations_at(root)


@pytest.mark.pg(">= 18")
def test_the_versions_folder_itself_may_be_named(tmp_path: Path, database: Database) -> None:
    root = project(tmp_path)
    run_alembic(root, database, "upgrade", "aaa1")
    with database.connect() as connection:
        report = read_state(connection)
    opened = open_project([root / "db/versions"])
    assert opened.location.config == root / "alembic.ini"
    assert pending_of(plan(opened, report)) == ["bbb2", "ccc3"]
