"""The budgets and how they are told."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Verdict(enum.Enum):
    """How a figure stands to its budget."""

    MISSED = "MISSED"
    MET = "met"
    BETTER = "met, as far as we want to go"


@dataclass(frozen=True, slots=True)
class Budget:
    """A figure, what it must not exceed, and where we are going."""

    what: str
    measured: float
    must: float
    going_to: float
    unit: str
    details: str = ""

    @property
    def verdict(self) -> Verdict:
        """How the figure stands."""
        if self.measured > self.must:
            return Verdict.MISSED
        return Verdict.BETTER if self.measured <= self.going_to else Verdict.MET

    @property
    def row(self) -> str:
        """One line of a Markdown table."""
        figures = (f"{value:.4g} {self.unit}" for value in (self.measured, self.must, self.going_to))
        return f"| {self.what} | {' | '.join(figures)} | {self.verdict.value} | {self.details} |"


HEADER = "| what | measured | must | going to | verdict | how |\n|---|---|---|---|---|---|"


def table(budgets: list[Budget]) -> str:
    """All budgets as a Markdown table."""
    return "\n".join([HEADER, *(budget.row for budget in budgets)])
