"""The formats of a review by name."""

from __future__ import annotations

import enum

from pgaudit.errors import BadConfiguration


@enum.unique
class Format(enum.Enum):
    """What can be asked for with `--format`."""

    AUTHORITY = "authority"
    PANEL = "panel"
    CARD = "position-card"
    PLAN = "plan"
    CHECKLIST = "checklist"
    EXPERT = "expert"
    DIAGNOSIS = "diagnosis"


def format_named(name: str) -> Format:
    """The format of that name. Raises BadConfiguration."""
    try:
        return Format(name)
    except ValueError:
        known = ", ".join(one.value for one in Format)
        raise BadConfiguration("--format", f"{name!r} is no review", f"choose one of {known}") from None
