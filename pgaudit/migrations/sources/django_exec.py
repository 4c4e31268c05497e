"""SQL of a pending Django migration by `manage.py sqlmigrate`, which runs the project and connects to its database."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from pgaudit.migrations.sources.django_graph import DjangoFile, operation_name, read_file
from pgaudit.migrations.sources.interface import Migration, OpaqueReason, OpaqueStep, Run, SqlPart
from pgaudit.migrations.sources.project_code import interpreter, output_of

_OPERATION = re.compile(r"^--\n-- (.*)\n--\n", re.MULTILINE)
_UNWRITABLE = "THIS OPERATION CANNOT BE WRITTEN AS SQL"


def sqlmigrated(migration: Migration, run: Run) -> Migration:
    """The migration with what `sqlmigrate` prints, each operation's SQL at the line of that operation.

    Raises:
        ProjectCodeError: when the project cannot be run.
    """
    app = migration.version.partition(".")[0]
    file = read_file(migration.path, app)
    if file is None:
        return migration
    manage = run.location.config or run.location.root / "manage.py"
    command = [
        interpreter(run.location.root, run.options),
        str(manage),
        "sqlmigrate",
        "--no-color",
        app,
        migration.name,
    ]
    printed = output_of(command, manage.parent, run.options).replace("\r\n", "\n")
    steps = list(_steps(printed, file))
    return replace(
        migration,
        parts=tuple(step for step in steps if isinstance(step, SqlPart)),
        opaque=tuple(step for step in steps if isinstance(step, OpaqueStep)),
    )


def _steps(printed: str, file: DjangoFile) -> Iterator[SqlPart | OpaqueStep]:
    """One step for each operation: Django prints their headings in order, whatever they do."""
    marks = list(_OPERATION.finditer(printed))
    ends = [*(match.start() for match in marks[1:]), len(printed)]
    for index, (match, end) in enumerate(zip(marks, ends, strict=True)):
        operation = file.operations[index] if index < len(file.operations) else None
        line = operation.lineno if operation is not None else 1
        body = _without_boundary(printed[match.end() : end])
        if _UNWRITABLE in body:
            name = operation_name(operation) if operation is not None else "an operation"
            yield OpaqueStep(OpaqueReason.PROGRAM_CODE, f"{name} cannot be written as SQL", file.path, line)
        elif body and not all(text.startswith("--") for text in body.splitlines()):
            yield SqlPart(body, file.path, line, generated=True)


def _without_boundary(body: str) -> str:
    """The SQL without the COMMIT that ends what Django prints for an atomic migration."""
    return re.sub(r"\n*COMMIT;\s*\Z", "", body).strip()
