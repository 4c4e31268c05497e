import inspect
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pgaudit import errors
from pgaudit.errors import ExitCode, PgauditError

_TREE = [found for _, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, PgauditError)]
_HOSTILE = "a\nb\x1b[31m\u202ec"
# What the code for the shell means: user manual of the command line, "Exit codes".
_EXAMPLES: list[tuple[PgauditError, int]] = [
    (errors.NoTarget(), 2),
    (errors.BadTarget("is wrong", "do it right"), 2),
    (errors.UnknownTargetName(_HOSTILE, ["staging"]), 2),
    (errors.BadConfiguration("pgaudit.toml", _HOSTILE, "correct it"), 2),
    (errors.OutputNotWritable(Path("/nowhere/report.html"), "No such directory"), 2),
    (errors.MissingExtra("the embedded server", "embedded"), 2),
    (errors.Unreachable("app@h/d", _HOSTILE), 3),
    (errors.NoAnswer("app@h/d"), 3),
    (errors.NotPostgreSQL("app@h/d"), 3),
    (errors.TlsFailed("app@h/d"), 3),
    (errors.AuthenticationFailed("app@h/d"), 3),
    (errors.NoHbaEntry("app@h/d"), 3),
    (errors.UnknownDatabase("app@h/d"), 3),
    (errors.ConnectNotGranted("app@h/d"), 3),
    (errors.TooManyConnections("app@h/d"), 3),
    (errors.StartingUp("app@h/d"), 3),
    (errors.PoolerRefused("app@h/d"), 3),
    (errors.ServerRefused("app@h/d", _HOSTILE), 3),
    (errors.ServerTooOld("app@h/d", "9.6.24"), 3),
    (errors.ConnectionLost("app@h/d", _HOSTILE), 3),
    (errors.EmbeddedServerFailed("did not start", "look into its log", reason=_HOSTILE), 3),
    (errors.SnapshotUnreadable(Path("a.pgsnapshot"), "Permission denied"), 3),
    (errors.SnapshotCorrupt(Path("a.pgsnapshot"), "ends early"), 3),
    (errors.SnapshotTooNew(Path("a.pgsnapshot"), found=9, supported=1), 3),
    (errors.NoMigrationsFound("migrations/"), 3),
    (errors.NoStatements(_HOSTILE, _HOSTILE), 3),
    (errors.AuditIncomplete(4), 4),
    (errors.InternalError("KeyError: 'x'"), 5),
    (errors.Interrupted(), 130),
    (errors.Interrupted(signal.SIGTERM), 143),
]


@pytest.mark.parametrize(("error", "exit_code"), _EXAMPLES, ids=lambda value: type(value).__name__)
def test_an_error_is_one_printable_line_with_advice_and_the_documented_exit_code(
    error: PgauditError, exit_code: int
) -> None:
    assert str(error).isprintable()
    assert error.happened
    assert error.advice
    assert str(error) == f"{error.happened}: {error.advice}"
    assert error.exit_code == exit_code


def test_the_tree_at_the_top_of_the_module_shows_every_error() -> None:
    drawn = inspect.getdoc(errors) or ""
    assert [found.__name__ for found in _TREE if found.__name__ not in drawn.split()] == []


def test_every_error_ends_with_a_code_that_is_neither_clean_nor_findings() -> None:
    assert [found for found in _TREE if found.exit_code in (ExitCode.CLEAN, ExitCode.FINDINGS)] == []


def test_a_very_long_text_of_a_server_is_cut() -> None:
    assert len(str(errors.ServerRefused("app@h/d", "x" * 10_000))) < 1_000


@pytest.mark.parametrize(
    "module", ["pgaudit.errors", "pgaudit.server.url", "pgaudit.server.target", "pgaudit.server.process_list"]
)
def test_resolving_a_target_loads_no_driver(module: str) -> None:
    program = (
        f"import sys, {module}; print([name for name in ('psycopg', 'sqlalchemy', 'pandas') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
