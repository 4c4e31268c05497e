"""What the command line knows of its terminal: colours, width, progress, where results and where remarks go."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
from collections.abc import Generator, Mapping
from pathlib import Path

from pgaudit.errors import BadConfiguration, OutputNotWritable

_CHOICES = {"auto", "always", "never"}
_SWITCHES = {"auto", "on", "off"}
_DEFAULT_WIDTH = 100
_CLEAR_LINE = "\r\x1b[K"


def remark(text: str) -> None:
    """One line on stderr: notes, warnings, never findings."""
    print(f"pgaudit: {text}", file=sys.stderr)  # noqa: T201 - this is the command line


def wants_color(choice: str, environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Whether to colour. --color wins over NO_COLOR, that over FORCE_COLOR and CLICOLOR_FORCE, those over the terminal.

    Raises BadConfiguration for another choice than auto, always or never.
    """
    if choice not in _CHOICES:
        raise BadConfiguration("--color", f"{choice!r} is none", "choose auto, always or never")
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE", "0") not in {"", "0"}:
        return True
    return is_terminal and environment.get("TERM") != "dumb"


def width() -> int:
    """Columns of the terminal; 100 where there is none."""
    return shutil.get_terminal_size((_DEFAULT_WIDTH, 24)).columns


@contextlib.contextmanager
def progress_line(choice: str) -> Generator[Progress]:
    """A line on stderr that says what is going on and vanishes at the end; silent where stderr is no terminal."""
    if choice not in _SWITCHES:
        raise BadConfiguration("--progress", f"{choice!r} is none", "choose auto, on or off")
    shown = choice == "on" or (choice == "auto" and sys.stderr.isatty() and not os.environ.get("CI"))
    line = Progress(shown=shown)
    try:
        yield line
    finally:
        line.clear()


class Progress:
    """Called with each step; `phase` says what the steps belong to."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self.phase = ""

    def __call__(self, step: str) -> None:
        """Show the step."""
        if self._shown:
            told = f"{self.phase}: {step}" if self.phase else step
            sys.stderr.write(f"{_CLEAR_LINE}{told}"[: width() + len(_CLEAR_LINE) - 1])
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()


def write_file(path: Path, text: str) -> None:
    """Write the whole text or nothing; a device or a pipe is written to, never replaced. Raises OutputNotWritable."""
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
            return
        import tempfile

        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
            Path(temporary).chmod(0o666 & ~_umask())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputNotWritable(path, error.strerror or str(error)) from error


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current


def write_stdout(text: str, *, for_programs: bool = False) -> None:
    """Write results. Characters that the terminal's encoding lacks come out as escapes. Raises OutputNotWritable.

    Where the reader of a pipe has seen enough the rest goes nowhere: files and the exit code are what they would be.

    Args:
        text: What to write.
        for_programs: Whether programs read it, which expect UTF-8 whatever the locale says.
    """
    encoding = "utf-8" if for_programs else sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.buffer.write(text.encode(encoding, "backslashreplace"))
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        reason, instead = error.strerror or str(error), "have the report written to a file with --output"
        raise OutputNotWritable(Path("standard output"), reason, advice=instead) from error


def set_up_logging(verbosity: int) -> None:
    """Log to stderr: warnings, with -v what is done, with -vv each query's time."""
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbosity, logging.DEBUG)
    logging.basicConfig(stream=sys.stderr, level=level, format="%(levelname)s %(name)s %(message)s")
