"""Times and shares of statements as people read them: never a zero for what is only small."""

from __future__ import annotations

_WHOLE_MS = 10.0
_LEAST_MS = 0.01
_LEAST_SHARE = 0.01


def ms_in_words(value: float) -> str:
    """The time with the digits that matter.

    >>> ms_in_words(70.62), ms_in_words(0.034), ms_in_words(0.002), ms_in_words(0)
    ('70.6 ms', '0.03 ms', 'under 0.01 ms', '0 ms')
    """
    if value >= _WHOLE_MS:
        return f"{value:,.1f} ms"
    if value >= _LEAST_MS:
        return f"{value:,.2f} ms"
    return "under 0.01 ms" if value > 0 else "0 ms"


def share_in_words(ratio: float) -> str:
    """The share in whole percent.

    >>> share_in_words(0.504), share_in_words(0.002)
    ('50%', 'less than 1%')
    """
    return f"{ratio:.0%}" if ratio >= _LEAST_SHARE or ratio == 0 else "less than 1%"


def timing_in_words(calls: int, mean_ms: float, deviation_ms: float, most_ms: float) -> str:
    """What pg_stat_statements keeps of a statement; of a single call there is one time and no deviation."""
    if calls == 1:
        return f"1 call of {ms_in_words(mean_ms)}"
    return (
        f"{calls:,} calls, mean {ms_in_words(mean_ms)}, deviation {ms_in_words(deviation_ms)}, maximum "
        f"{ms_in_words(most_ms)}"
    )
