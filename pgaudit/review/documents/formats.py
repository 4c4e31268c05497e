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


def format_named(name: str, *, option: str = "--format") -> Format:
    """The format of that name. Raises BadConfiguration, which names the option."""
    try:
        return Format(name)
    except ValueError:
        known = ", ".join(one.value for one in Format)
        raise BadConfiguration(option, f"{name!r} is no review", f"choose one of {known}") from None
