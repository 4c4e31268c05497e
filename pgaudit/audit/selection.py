"""Which checks run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pgaudit.errors import BadConfiguration
from probes.check import Check

PROFILES = ("default", "pedantic")


def selected(
    checks: Sequence[Check], select: Iterable[str], ignore: Iterable[str], profile: str | None
) -> tuple[Check, ...]:
    """The checks that `--select`, `--ignore` and `--profile` leave.

    Args:
        checks: All of them.
        select: Ids, aliases or areas; empty for all.
        ignore: Ids, aliases or areas.
        profile: `default` leaves out matters of taste unless they are selected by id.

    Raises:
        BadConfiguration: A word that names no check, or an unknown profile.
    """
    profile = profile or PROFILES[0]
    if profile not in PROFILES:
        raise BadConfiguration("--profile", f"{profile!r} is none", f"choose one of {', '.join(PROFILES)}")
    wanted, unwanted = _words(select), _words(ignore)
    for flag, words in (("--select", wanted), ("--ignore", unwanted)):
        _check_known(checks, flag, words)
    return tuple(
        check for check in checks if _runs(check, wanted, profile) and not any(_names(word, check) for word in unwanted)
    )


def _runs(check: Check, wanted: Sequence[str], profile: str) -> bool:
    if not wanted:
        return not check.pedantic or profile == "pedantic"
    by_id = any(word in {check.id, *check.aliases} for word in wanted)
    by_area = check.area in wanted and (not check.pedantic or profile == "pedantic")
    return by_id or by_area


def _words(values: Iterable[str]) -> list[str]:
    return [word.strip() for value in values for word in value.split(",") if word.strip()]


def _names(word: str, check: Check) -> bool:
    return word in {check.id, check.area, *check.aliases}


def _check_known(checks: Sequence[Check], flag: str, words: Sequence[str]) -> None:
    for word in words:
        if not any(_names(word, check) for check in checks):
            raise BadConfiguration(flag, f"{word!r} is no check and no area", "see `pgaudit checks`")
