"""No content of a file makes reading fail in a way that pgaudit does not explain."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgaudit.errors import PgauditError
from pgaudit.migrations.sources import Tool, open_project, plan
from tests.pgaudit.migrations.sources.projects import write

LAYOUTS: dict[Tool, tuple[str, dict[str, str]]] = {
    Tool.PRISMA: ("1_a/migration.sql", {}),
    Tool.DRIZZLE: ("meta/_journal.json", {"0_a.sql": "select 1;"}),
    Tool.SUPABASE: ("1_a.sql", {}),
    Tool.FLYWAY: ("V1__a.sql", {}),
    Tool.LIQUIBASE: ("db.changelog-master.yaml", {"a.sql": "--liquibase formatted sql"}),
    Tool.GOOSE: ("1_a.sql", {}),
    Tool.DBMATE: ("1_a.sql", {}),
    Tool.GOLANG_MIGRATE: ("1_a.up.sql", {}),
    Tool.ATLAS: ("1_a.sql", {"atlas.sum": ""}),
    Tool.SQLX: ("1_a.sql", {}),
    Tool.DIESEL: ("1_a/metadata.toml", {"1_a/up.sql": ""}),
    Tool.SQITCH: ("sqitch.plan", {"deploy/a.sql": ""}),
    Tool.NODE_PG_MIGRATE: ("1_a.js", {}),
    Tool.PLAIN: ("1_a.sql", {}),
    Tool.ALEMBIC: ("versions/a.py", {"env.py": ""}),
    Tool.DJANGO: ("app/migrations/0001_a.py", {"manage.py": ""}),
    Tool.TYPEORM: ("1-a.ts", {}),
    Tool.KNEX: ("1_a.js", {}),
    Tool.RAILS: ("1_a.rb", {}),
    Tool.ECTO: ("1_a.exs", {}),
}
WORDS = (
    "-- +goose Up\n", "-- migrate:up\n", "--changeset a:1\n", "--liquibase formatted sql\n", "select 1;", "'", '"',
    "`", "$$", "$a$", "/*", "*/", "${", "}", "\\u{110000}", "\\ud800", "\n", "\r\n", "(", ")", "+", ",",
    "exports.up = ", "knex.raw(", "await queryRunner.query(", "class A1700000000000 ", "pgm.sql(", "%project=x\n",
    "a [b] @c\n", "@t\n", "revision = ", "'a'", "down_revision = ", "def upgrade():\n", "    op.execute(",
    "    op.add_column(", "sa.Column(", "sa.", "from alembic import op\n",
    "class Migration(migrations.Migration):\n", "    operations = [", "migrations.RunSQL(", "]",
    "databaseChangeLog:\n", "  - include:\n", "      file: a.sql\n", "  - changeSet:\n",
    "-- atlas:delimiter \\n\n\n", "run_in_transaction = ", "\x00", "é",
)  # fmt: skip
contents = st.one_of(
    st.binary(max_size=200), st.lists(st.sampled_from(WORDS), max_size=25).map(lambda w: "".join(w).encode())
)


@pytest.mark.parametrize("tool", list(Tool))
@settings(max_examples=60, deadline=None)
@given(content=contents)
def test_any_content_is_read_or_explained(tool: Tool, content: bytes) -> None:
    name, beside = LAYOUTS[tool]
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), {**beside, name: content})
        assert "\n" not in outcome_of(root, tool)


def outcome_of(root: Path, tool: Tool) -> str:
    """Nothing when the project could be read, else what pgaudit says."""
    try:
        plan(open_project([root], tool=tool), None)
    except PgauditError as error:
        return str(error)
    return ""
