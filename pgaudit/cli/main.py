"""The command `pgaudit`: one thin module per command; heavy imports wait inside them."""

from __future__ import annotations

import errno
import gc
import importlib
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

import typer

from pgaudit.errors import ExitCode, InternalError, Interrupted, OutputNotWritable, PgauditError
from pgaudit.version import version

EPILOG = (
    "Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage, 3 the database cannot be audited, 4 incomplete "
    "with --strict, 5 internal error, 130 interrupted. pgaudit is not the pgAudit extension, which logs statements."
)
COMMANDS = (
    "scan",
    "gate",
    "snapshot",
    "checks",
    "rules",
    "explain",
    "doctor",
    "review",
    "ask",
    "context",
    "report",
    "diff",
    "history",
    "serve",
    "demo",
    "grants",
    "suppress",
    "init",
    "queries",
)
"""Each a module of this package with a function of its name, in the order of the help."""
GROUPS = {"ask": "Answer one question about a statement, a table or a migration, on evidence."}
"""Those of them that have commands of their own."""
_FOR_DEVELOPERS = "dev"


def application(commands: Iterable[str] = (*COMMANDS, _FOR_DEVELOPERS)) -> typer.Typer:
    """The command line with these commands: building those that nobody asked for takes longer than most work."""
    app = typer.Typer(
        name="pgaudit",
        help="Find schema, tenancy, performance and migration risks in a live PostgreSQL database (13 to 18).",
        epilog=EPILOG,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(options)
    for name in commands:
        module = importlib.import_module(f"pgaudit.cli.{name}")
        if name == _FOR_DEVELOPERS:
            app.add_typer(module.app, name=name, help="For those who work on pgaudit itself.", hidden=True)
        elif name in GROUPS:
            app.add_typer(module.app, name=name, help=GROUPS[name])
        else:
            app.command(name)(getattr(module, name))
    return app


def _asked(arguments: list[str]) -> typer.Typer:
    """The command line with the command that is asked for, or with all where that cannot be told at once."""
    name = arguments[0] if arguments else ""
    return application([name]) if name in COMMANDS else application()


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pgaudit {version()}")
        raise typer.Exit


def options(
    show_version: bool = typer.Option(
        False, "--version", "-V", callback=_print_version, is_eager=True, help="Print the version and exit."
    ),
    debug: bool = typer.Option(False, "--debug", envvar="PGAUDIT_DEBUG", help="Show where a mistake of ours happened."),
) -> None:
    """Find schema, tenancy, performance and migration risks in a live PostgreSQL database (13 to 18)."""
    del show_version
    if debug:
        os.environ["PGAUDIT_DEBUG"] = "1"


def main() -> None:
    """Run the command line and end the process with the documented exit code."""
    os.environ.setdefault("TYPER_USE_RICH", "0")
    signal.signal(signal.SIGTERM, _terminated)
    try:
        status = _asked(sys.argv[1:])(standalone_mode=False)
        code = status if isinstance(status, int) else ExitCode.CLEAN
    except PgauditError as error:
        code = _say(error)
    except KeyboardInterrupt:
        code = _say(Interrupted())
    except typer.Exit as done:
        code = done.exit_code
    except typer.Abort:
        code = _say(Interrupted())
    except SystemExit:
        # The reader of a pipe has seen enough of a help text: click ends with 1 then, which would mean findings.
        if type(sys.stdout).__name__ != "PacifyFlushWrapper":
            raise
        code = ExitCode.CLEAN
    except Exception as error:  # noqa: BLE001 - the last line of defence: a fault of ours has an exit code too
        code = _unexpected(error)
    _let_go_of_output()
    gc.freeze()  # the end of the process need not walk what is still there
    sys.exit(int(code))


def _let_go_of_output() -> None:
    """What cannot be written goes nowhere, which was said: Python would try again at its end, and end with 120."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(error: PgauditError) -> ExitCode:
    print(f"pgaudit: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
    return error.exit_code


def _unexpected(error: Exception) -> int:
    show = getattr(error, "show", None)
    if callable(show):  # click's usage errors know how to print themselves
        show()
        return int(getattr(error, "exit_code", ExitCode.USAGE))
    if isinstance(error, OSError) and error.errno == errno.ENOSPC and error.filename is None:
        return _say(OutputNotWritable(Path("standard output"), os.strerror(errno.ENOSPC), advice="make room there"))
    if os.environ.get("PGAUDIT_DEBUG"):
        raise error
    return _say(InternalError(f"{type(error).__name__} in {_place(error)}"))


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"


def _terminated(number: int, _frame: FrameType | None) -> None:
    raise Interrupted(number)


if __name__ == "__main__":
    main()
