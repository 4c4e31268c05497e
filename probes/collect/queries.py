"""The SQL of each area, in the variant for a server version.

`pg_index.sql` serves every version, `pg_index.15.sql` version 15 and later, up to the next variant.
"""

from __future__ import annotations

import contextlib
import functools
from importlib import resources

MARK = "/* pgaudit */ "
"""Leads every statement, so that we can be told from what we measure."""


def marked(text: str) -> str:
    """The statement with the mark before and behind it: from 18 on pg_stat_statements drops what stands before."""
    return f"{MARK}{text.rstrip()}\n{MARK}"


class NoVariantError(LookupError):
    """The server is older than the first version that has the area."""

    def __init__(self, area: str, first_major: int) -> None:
        self.first_major = first_major
        super().__init__(f"{area} begins with PostgreSQL {first_major}")


@functools.cache
def query(area: str, major: int) -> str:
    """The marked SQL text of an area for a server of this major version. Raises NoVariantError where there is none."""
    variants = _variants().get(area, {})
    fitting = [first for first in variants if first <= major]
    if not fitting:
        raise NoVariantError(area, min(variants, default=0))
    return marked(_read(variants[max(fitting)]))


@functools.cache
def _variants() -> dict[str, dict[int, str]]:
    """File names by area and first major version."""
    found: dict[str, dict[int, str]] = {}
    for entry in resources.files("probes.collect").joinpath("sql").iterdir():
        area, _, rest = entry.name.removesuffix(".sql").rpartition(".")
        if not rest.isdigit():
            area, rest = entry.name.removesuffix(".sql"), "0"
        found.setdefault(area, {})[int(rest)] = entry.name
    return found


def _read(file_name: str) -> str:
    return resources.files("probes.collect").joinpath("sql", file_name).read_text(encoding="utf-8")


def every_query(major: int) -> tuple[tuple[str, str], ...]:
    """Area and SQL text of all that a scan may send to a server of this major version, for who grants the access."""
    found: list[tuple[str, str]] = []
    for area in sorted(_variants()):
        with contextlib.suppress(NoVariantError):
            found.append((area, query(area, major)))
    return tuple(found)
