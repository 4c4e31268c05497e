"""How a check is declared, found and run. A check is a pure function of a Catalog; two files add one."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.rows import Row
from probes.finding import Confidence, ObjectRef, Observed, Severity

Areas = tuple[type[Row], ...]


class Thresholds(msgspec.Struct, frozen=True):
    """Numbers a user may change; a check with some declares its own subclass. Units are in the names."""


class Needs(msgspec.Struct, frozen=True):
    """What must be there before a check can say anything."""

    areas: Areas
    """Areas that are read. Reading another one is a fault of the check."""
    min_version_num: int = 130000
    counters_days: float = 0.0
    """Cumulative counters must be at least this old; else the check is skipped: neither clean nor a finding."""
    primary: bool = False
    """Whether it says nothing on a standby."""


class Unchecked(msgspec.Struct, frozen=True, gc=False):
    """Yielded for an object that could not be judged: its text was unread, its row not visible. Never clean."""

    object: ObjectRef | None
    reason: str
    needs: str | None = None


class Judge(Protocol):
    """The function of a check."""

    def __call__(self, catalog: Catalog, at: Any, /) -> Iterator[Observed | Unchecked]:
        """Yield a fault for each object that has it, and what could not be judged."""
        ...


class Check(msgspec.Struct, frozen=True):
    """A declared check. Its documentation page is the docstring of its module or, for rows of a table, its own text."""

    id: str
    title: str
    severity: Severity
    confidence: Confidence
    needs: Needs
    sources: tuple[str, ...]
    page: str
    judge: Judge
    thresholds: type[Thresholds]
    aliases: tuple[str, ...] = ()
    pedantic: bool = False
    """A matter of taste: runs only where it is asked for."""

    @property
    def area(self) -> str:
        """The part before the slash."""
        return self.id.partition("/")[0]

    @property
    def name(self) -> str:
        """The part behind the slash."""
        return self.id.partition("/")[2]


def check(
    *,
    title: str,
    severity: Severity,
    confidence: Confidence = Confidence.HIGH,
    needs: Needs,
    sources: tuple[str, ...],
    thresholds: type[Thresholds] = Thresholds,
    aliases: tuple[str, ...] = (),
    pedantic: bool = False,
) -> Callable[[Judge], Check]:
    """Declare the decorated function as a check; its id is its module's path below `probes.checks`."""

    def declare(judge: Judge) -> Check:
        module = importlib.import_module(judge.__module__)
        return Check(
            id="/".join(judge.__module__.split(".")[-2:]),
            title=title,
            severity=severity,
            confidence=confidence,
            needs=needs,
            sources=sources,
            page=module.__doc__ or "",
            judge=judge,
            thresholds=thresholds,
            aliases=aliases,
            pedantic=pedantic,
        )

    return declare


@functools.cache
def built_in_checks() -> tuple[Check, ...]:
    """Every check below `probes.checks`, by id. A module may hold one check or a table of them."""
    import probes.checks  # noqa: PLC0415 - checks import this module

    found: dict[str, Check] = {}
    for module_info in pkgutil.walk_packages(probes.checks.__path__, "probes.checks."):
        if module_info.ispkg or module_info.name.rpartition(".")[2].startswith("_"):
            continue
        module = importlib.import_module(module_info.name)
        for value in vars(module).values():
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, Check):
                    found[one.id] = one
    return tuple(found[check_id] for check_id in sorted(found))
