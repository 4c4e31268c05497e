"""Stories of checks: SQL files that tell a fault, its repair, and what only looks like one.

A story file stands beside its check and is made of sections, each opened by a comment line:

    -- bad[, server >= N]: <title>        a state that is reported; the check's own fix must make the finding disappear
    -- near miss[, server >= N]: <title>  a state that is not
    -- bad, counters >= N: <title>        told with counters that are N days old (the server's are younger)
    -- at: <threshold> = <value>          a threshold of the check, where a story cannot be as large as a default asks
    -- then                               what follows runs on its own: VACUUM refuses to run beside other statements
    -- expect: <kind> <schema.table.name>  inside `bad`: one line per finding; {database} is the database's name
    -- repaired                            inside `bad`: SQL that repairs, for a check that can only advise
    -- cleanup                             undoes what outlives the database: roles, settings

Every section starts from an empty database with an empty schema `story`; `{suffix}` in role names is replaced so that
sections can run side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CHECKS = Path(__file__).parents[3] / "probes" / "checks"

_HEAD = re.compile(r"-- (bad|near miss)((?:, [a-z]+ [<>=]+ ?\d+)*)(?:: (.*))?$")
_PART = re.compile(r"-- (repaired|cleanup)$")
_EXPECT = re.compile(r"-- expect: (.+)$")
_SERVER = re.compile(r"server ([<>=]+ ?\d+)")
_COUNTERS = re.compile(r"counters >= (\d+)")
_THRESHOLD = re.compile(r"-- at: (\w+) = (.+)$")


@dataclass
class Section:
    """One state of a story."""

    check: str
    kind: str
    title: str
    server: str
    setup: str = ""
    repaired: str = ""
    cleanup: str = ""
    expected: list[str] = field(default_factory=list)
    counters_days: int = 0
    thresholds: dict[str, str] = field(default_factory=dict)

    @property
    def scripts(self) -> list[str]:
        """The setup, cut where a part of it must run on its own."""
        return _cut(self.setup)

    @property
    def repairs(self) -> list[str]:
        """The repair, cut likewise."""
        return _cut(self.repaired)

    @property
    def name(self) -> str:
        """For test ids."""
        return f"{self.check}: {self.kind}: {self.title}"


def _cut(script: str) -> list[str]:
    return [part for part in re.split(r"^-- then$", script, flags=re.MULTILINE) if part.strip()]


def sections(path: Path) -> list[Section]:
    """The sections of one story file."""
    check = f"{path.parent.name}/{path.stem}"
    found: list[Section] = []
    part = "setup"
    for line in path.read_text(encoding="utf-8").splitlines():
        if head := _HEAD.match(line):
            server = _SERVER.search(head[2])
            counters = _COUNTERS.search(head[2])
            found.append(Section(check, head[1], head[3] or "", server[1] if server else ""))
            found[-1].counters_days = int(counters[1]) if counters else 0
            part = "setup"
        elif new_part := _PART.match(line):
            part = new_part[1]
        elif threshold := _THRESHOLD.match(line):
            found[-1].thresholds[threshold[1]] = threshold[2].strip()
        elif expect := _EXPECT.match(line):
            found[-1].expected.append(expect[1].strip())
        elif found:
            setattr(found[-1], part, getattr(found[-1], part) + line + "\n")
        elif line.strip():
            raise ValueError(f"{path}: text before the first section: {line!r}")
    return found


def all_sections() -> Iterator[Section]:
    """Every section of every story."""
    for path in sorted(CHECKS.glob("*/*.sql")):
        yield from sections(path)
