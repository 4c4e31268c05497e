"""How long something has been going on, in words."""

from __future__ import annotations

_HOUR, _DAY = 3_600, 86_400


def age_in_words(seconds: float) -> str:
    """`9.0 days`, `5 hours`, `less than an hour`.

    >>> age_in_words(40)
    'less than an hour'
    """
    if seconds >= 2 * _DAY:
        return f"{seconds / _DAY:.1f} days"
    hours = int(seconds // _HOUR)
    return "less than an hour" if not hours else "1 hour" if hours == 1 else f"{hours} hours"
