"""Where reports go: stdout in one format, files in any number of others."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pgaudit.cli.github_actions import tell_github
from pgaudit.cli.terminal import remark, wants_color, width, write_file, write_stdout
from pgaudit.errors import BadConfiguration, OutputNotWritable
from pgaudit.reports.interface import Published, View
from pgaudit.reports.paging import page_of
from pgaudit.reports.registry import FORMATS, parts, renderer
from pgaudit.reports.words import summary
from probes.finding import Severity

_BY_SUFFIX = {
    ".json": "json",
    ".jsonl": "json-lines",
    ".ndjson": "json-lines",
    ".txt": "text",
    ".sarif": "sarif",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xml": "junit",
    ".csv": "csv",
    ".prom": "prometheus",
}
_FOR_PEOPLE = {"text", "concise"}


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a command's report goes, and how it is shown."""

    format_name: str
    """On stdout."""
    outputs: tuple[tuple[str, Path], ...]
    """Format and path of each file."""
    view: View
    quiet: int = 0

    @property
    def formats(self) -> frozenset[str]:
        """Every format that is written."""
        return frozenset({self.format_name, *(name for name, _ in self.outputs)})


def delivery(
    format_name: str,
    output: Sequence[str] | None,
    *,
    color: str,
    min_severity: str | None = None,
    show_all: bool = False,
    show_suppressed: bool = False,
    quiet: int = 0,
) -> Delivery:
    """What the flags ask for. Raises BadConfiguration or OutputNotWritable, before any work is done."""
    renderer(format_name)
    outputs = tuple(parse_outputs(output or []))
    view = View(
        min_severity=parse_severity("--min-severity", min_severity or "info") or Severity.INFO,
        show_all=show_all,
        show_suppressed=show_suppressed,
        color=wants_color(color, os.environ, is_terminal=sys.stdout.isatty()),
        width=width(),
    )
    return Delivery(format_name, outputs, view, quiet)


def parse_outputs(values: Sequence[str]) -> list[tuple[str, Path]]:
    """Format and path of each `--output [FORMAT=]PATH`. Raises BadConfiguration, before any work is done."""
    found: list[tuple[str, Path]] = []
    for value in values:
        name, sign, rest = value.partition("=")
        if sign and name in FORMATS:
            found.append((name, Path(rest)))
            continue
        path = Path(value)
        guessed = _BY_SUFFIX.get(path.suffix)
        if guessed is None:
            formats = ", ".join(sorted(FORMATS))
            raise BadConfiguration("--output", f"{value!r} names no format", f"write FORMAT=PATH, formats: {formats}")
        found.append((guessed, path))
    for name, path in found:
        if str(path) == "-":
            raise BadConfiguration("--output", "- is no file", f"write --format {name} for stdout")
        if not path.parent.is_dir():
            raise OutputNotWritable(path, "its folder does not exist")
    return found


def parse_severity(flag: str, value: str) -> Severity | None:
    """The severity of that name; None for `none`. Raises BadConfiguration."""
    if value == "none":
        return None
    try:
        return Severity(value)
    except ValueError:
        names = ", ".join(severity.value for severity in Severity)
        raise BadConfiguration(flag, f"{value!r} is no severity", f"choose none, {names}") from None


def deliver(report: Published, where: Delivery) -> list[OutputNotWritable]:
    """Write the report everywhere it was asked for, and give back the error of each file that could not be written.

    Files are written first. One that fails never costs the others, nor what goes to stdout. All errors but the first,
    which is for the caller to raise, are told on stderr. Inside a GitHub workflow the run's summary, its outputs and
    its annotations are written too.
    """
    in_files = msgspec.structs.replace(where.view, color=False)
    failed: list[OutputNotWritable] = []
    for name, path in where.outputs:
        try:
            write_file(path, renderer(name)(report, in_files))
        except OutputNotWritable as error:
            failed.append(error)
    for other in failed[1:]:
        remark(str(other))
    if where.quiet > 1:
        write_stdout(summary(page_of(report)) + "\n")
    else:
        for part in parts(where.format_name, report, where.view):
            write_stdout(part, for_programs=where.format_name not in _FOR_PEOPLE)
    tell_github(report, where.format_name, where.outputs, in_files, os.environ)
    return failed


def deliver_or_raise(report: Published, where: Delivery) -> None:
    """Write the report everywhere it was asked for. Raises OutputNotWritable at the end where a file was not."""
    for error in deliver(report, where):
        raise error
