"""Checks of other people, found through the entry point group `pgaudit.checks`.

An entry point names a Check, or an iterable of them. Their ids must not be ours.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points

from pgaudit.errors import BadConfiguration
from probes.check import Check, built_in_checks

log = logging.getLogger(__name__)

GROUP = "pgaudit.checks"


def all_checks() -> tuple[Check, ...]:
    """Built-in checks and those of installed packages, by id. Raises BadConfiguration where one is no check."""
    found = {check.id: check for check in built_in_checks()}
    for entry in entry_points(group=GROUP):
        for check in _checks_of(entry):
            if check.id in found:
                raise BadConfiguration(f"plug-in {entry.name}", f"{check.id} is taken", "give the check another id")
            found[check.id] = check
    return tuple(found[check_id] for check_id in sorted(found))


def _checks_of(entry: EntryPoint) -> Iterator[Check]:
    try:
        loaded: object = entry.load()
        values = tuple(loaded) if isinstance(loaded, Iterable) else (loaded,)
    except Exception as error:  # a plug-in's import may do anything
        problem = f"it cannot be loaded ({type(error).__name__}: {error})"
        raise BadConfiguration(f"plug-in {entry.name}", problem, "mend or uninstall it") from error
    for value in values:
        if not isinstance(value, Check):
            raise BadConfiguration(f"plug-in {entry.name}", f"{value!r} is no check", "see CONTRIBUTING.md")
        log.info("plugin=%s check=%s", entry.name, value.id)
        yield value
