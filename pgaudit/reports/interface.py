"""What every renderer is: a function from a published report to text."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import msgspec

from pgaudit.reports.contract import Report
from pgaudit.reports.gate_contract import GateReport
from pgaudit.reports.trends import Trends
from probes.finding import Severity

Published: TypeAlias = Report | GateReport
"""Everything that can be rendered: the result of a scan or of a gate, in contract version 1."""


class View(msgspec.Struct, frozen=True):
    """What a reader asked to see. It never changes what is stored or what the exit code says."""

    min_severity: Severity = Severity.INFO
    show_all: bool = False
    show_suppressed: bool = False
    color: bool = False
    width: int = 100
    changes_first: bool = False
    """Whether the question is what changed: text begins with that, and leaves out what did not."""
    trends: Trends | None = None
    """What earlier runs showed, for formats that draw it."""


class Renderer(Protocol):
    """Turns a report into text."""

    def __call__(self, report: Published, view: View) -> str:
        """The whole text, ending in a newline; empty for a format of lines that has nothing to say."""
        ...
