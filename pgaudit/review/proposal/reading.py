"""What is proposed, as a project of migrations: SQL, a folder, or Markdown with fenced SQL or Prisma models."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pgaudit.errors import BadConfiguration
from pgaudit.review.proposal.prisma_models import models_as_sql

if TYPE_CHECKING:
    from pgaudit.migrations.sources import Project

_FENCE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=fence)[ \t]*$", re.DOTALL | re.MULTILINE
)
_SQL = frozenset({"sql", "postgresql", "postgres", "pgsql", "plpgsql"})


def read_proposal(path: Path) -> Project:
    """The proposal as a project. Raises BadConfiguration, and the errors of reading migrations."""
    from pgaudit.migrations.sources import open_project, project_of_text  # noqa: PLC0415 - loaded when it is needed

    if path.suffix.lower() in {".md", ".markdown", ".prisma"}:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadConfiguration("--proposal", f"cannot read {path} ({error})", "name a text file") from error
        sql = models_as_sql(text) if path.suffix.lower() == ".prisma" else fenced_sql(text)
        if not sql.strip():
            raise BadConfiguration(
                "--proposal", f"{path} holds no SQL and no models", "fence them as ```sql or ```prisma"
            )
        return project_of_text(sql, str(path))
    if not path.exists():
        raise BadConfiguration("--proposal", f"{path} is not there", "name a file or a folder")
    return open_project([path])


def fenced_sql(text: str) -> str:
    """The SQL of a Markdown text, in its order, on the lines where it stood; models of Prisma become tables."""
    lines = [""] * (text.count("\n") + 1)
    for fence in _FENCE.finditer(text):
        language = fence["language"].lower()
        first = text.count("\n", 0, fence.start("text"))
        if language in _SQL:
            for number, line in enumerate(fence["text"].splitlines()):
                lines[first + number] = line
            lines[first + max(0, fence["text"].count("\n") - 1)] += ";" if not _is_closed(fence["text"]) else ""
        elif language == "prisma":
            lines[first] = " ".join(models_as_sql(fence["text"]).splitlines())
    return "\n".join(lines)


def _is_closed(sql: str) -> bool:
    without = re.sub(r"--[^\n]*", "", sql).strip()
    return not without or without.endswith(";")
