"""Lines of the text report: plain for logs and pipes, coloured and folded for terminals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from pgaudit.reports.escaping import no_command
from probes.finding import Severity

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}


class Line(msgspec.Struct, frozen=True):
    """A line, and its style where there are colours."""

    text: str
    style: str = ""
    accent: tuple[int, int] | None = None
    """The characters that alone carry the style; None for the whole line."""
    foldable: bool = True
    """False for code and tables, which a terminal may cut but must not reflow."""
    hanging: int = 2
    """By how many columns its further lines are indented more than the first."""

    def height(self, width: int) -> int:
        """How many lines of a terminal of that width it takes."""
        return max(1, -(-len(self.text) // width))


def plain(lines: Iterable[Line]) -> str:
    """The lines without colours, as long as they are: logs and grep want them whole."""
    return "".join(no_command(line.text) + "\n" for line in lines)


def colored(lines: Iterable[Line], width: int) -> str:
    """The lines in colours, folded at words under their own indentation."""
    import io  # noqa: PLC0415 - only a terminal needs these two

    from rich.console import Console  # noqa: PLC0415

    sink = io.StringIO()
    console = Console(file=sink, force_terminal=True, width=width, highlight=False, legacy_windows=False)
    for line in lines:
        _print(console, line, width)
    return sink.getvalue()


def _print(console: Console, line: Line, width: int) -> None:
    from rich.text import Text  # noqa: PLC0415

    text = Text(no_command(line.text), style="" if line.accent else line.style)
    if line.accent:
        text.stylize(line.style, *line.accent)
    if not line.foldable or text.cell_len <= width:
        console.print(text, soft_wrap=True)
        return
    indent = len(line.text) - len(line.text.lstrip(" "))
    deeper = indent + line.hanging
    for position, piece in enumerate(text.wrap(console, width - deeper)):
        console.print(Text(" " * (deeper if position else 0)) + piece, soft_wrap=True)
