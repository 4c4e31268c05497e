"""The command `pgaudit`: one thin module per command; heavy imports wait inside them."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

import typer

from pgaudit.cli import (
    checks,
    demo,
    dev,
    doctor,
    explain,
    gate,
    grants,
    init,
    queries,
    report,
    rules,
    scan,
    snapshot,
    suppress,
)
from pgaudit.errors import ExitCode, InternalError, Interrupted, PgauditError
from pgaudit.version import version

EPILOG = (
    "Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage, 3 the database cannot be audited, 4 incomplete "
    "with --strict, 5 internal error, 130 interrupted. pgaudit is not the pgAudit extension, which logs statements."
)

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
app.command("scan")(scan.scan)
app.command("gate")(gate.gate)
app.command("snapshot")(snapshot.snapshot)
app.command("checks")(checks.checks)
app.command("rules")(rules.rules)
app.command("explain")(explain.explain)
app.command("doctor")(doctor.doctor)
app.command("report")(report.report)
app.command("demo")(demo.demo)
app.command("grants")(grants.grants)
app.command("suppress")(suppress.suppress)
app.command("init")(init.init)
app.command("queries")(queries.queries)
app.add_typer(dev.app, name="dev", help="For those who work on pgaudit itself.", hidden=True)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pgaudit {version()}")
        raise typer.Exit


@app.callback()
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
        status = app(standalone_mode=False)
        code = status if isinstance(status, int) else ExitCode.CLEAN
    except PgauditError as error:
        code = _say(error)
    except KeyboardInterrupt:
        code = _say(Interrupted())
    except typer.Exit as done:
        code = done.exit_code
    except typer.Abort:
        code = _say(Interrupted())
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ExitCode.CLEAN
    except Exception as error:  # noqa: BLE001 - the last line of defence: a fault of ours has an exit code too
        code = _unexpected(error)
    sys.exit(int(code))


def _say(error: PgauditError) -> ExitCode:
    print(f"pgaudit: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
    return error.exit_code


def _unexpected(error: Exception) -> int:
    show = getattr(error, "show", None)
    if callable(show):  # click's usage errors know how to print themselves
        show()
        return int(getattr(error, "exit_code", ExitCode.USAGE))
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
