"""The files the servers' answers are kept in: one line a case, majors with the same answer together."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.migrations_safety.oracle.model import MODES, STRENGTH, Case, Measurement

FOLDER = Path(__file__).parent / "measured"
SHORT = {long: short for short, long in MODES.items()}

Answers = dict[str, dict[int, Measurement]]
"""Measurements by case name and major."""


class NotMeasuredError(LookupError):
    """A case has no measurement for a major."""

    def __init__(self, case: Case, major: int) -> None:
        super().__init__(
            f"{case.name} was not measured on {major}; run: python -m tests.migrations_safety.oracle.measure"
        )


def measured(case: Case, major: int) -> Measurement:
    """Return what a server of that major did.

    Raises:
        NotMeasuredError: the file has no such case or major.
    """
    try:
        return read_area(case.area)[case.name][major]
    except KeyError:
        raise NotMeasuredError(case, major) from None


@cache
def read_area(area: str) -> Answers:
    """Return the measurements of one file; nothing when there is no file yet."""
    path = FOLDER / f"{area}.json"
    if not path.exists():
        return {}
    return {
        name: {major: unpack(packed) for span, packed in spans.items() for major in majors_of(span)}
        for name, spans in json.loads(path.read_text(encoding="utf-8")).items()
    }


def write_area(area: str, answers: Mapping[str, Mapping[int, Measurement]]) -> None:
    """Write the measurements of one area, in the order given."""
    lines = [f"{json.dumps(name)}:{_line(by_major)}" for name, by_major in answers.items()]
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{area}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _line(by_major: Mapping[int, Measurement]) -> str:
    groups: dict[str, list[int]] = {}
    for major in sorted(by_major):
        packed = json.dumps(pack(by_major[major]), separators=(",", ":"))
        groups.setdefault(packed, []).append(major)
    return "{" + ",".join(f'"{span_of(majors)}":{packed}' for packed, majors in groups.items()) + "}"


def pack(measurement: Measurement) -> dict[str, Any]:
    """Return the JSON form, without what is empty."""
    fields: dict[str, Any] = {
        "locks": {
            name: " ".join(SHORT[mode] for mode in sorted(measurement.locks[name], key=STRENGTH.__getitem__))
            for name in sorted(measurement.locks)
        },
        "rewrites": sorted(measurement.rewrites),
        "scans": sorted(measurement.scans),
        "index_scans": sorted(measurement.index_scans),
        "builds": sorted(measurement.builds),
        "refused": measurement.refused,
        "refused_at": measurement.refused_at,
        "no_transaction": measurement.requires_no_transaction,
    }
    return {key: value for key, value in fields.items() if value}


def unpack(packed: Mapping[str, Any]) -> Measurement:
    """Return the measurement of a JSON form."""
    return Measurement(
        locks={
            name: frozenset(MODES[mode] for mode in modes.split()) for name, modes in packed.get("locks", {}).items()
        },
        rewrites=frozenset(packed.get("rewrites", ())),
        scans=frozenset(packed.get("scans", ())),
        index_scans=frozenset(packed.get("index_scans", ())),
        builds=frozenset(packed.get("builds", ())),
        refused=packed.get("refused"),
        refused_at=packed.get("refused_at", 0),
        requires_no_transaction=packed.get("no_transaction", False),
    )


def span_of(majors: Iterable[int]) -> str:
    """Return majors in short.

    >>> span_of([13, 14, 15, 17])
    '13-15,17'
    """
    runs: list[list[int]] = []
    for major in sorted(majors):
        if runs and runs[-1][-1] == major - 1:
            runs[-1].append(major)
        else:
            runs.append([major])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def majors_of(span: str) -> list[int]:
    """Return the majors of a short form.

    >>> majors_of("13-15,17")
    [13, 14, 15, 17]
    """
    ends = [part.split("-") for part in span.split(",")]
    return [major for end in ends for major in range(int(end[0]), int(end[-1]) + 1)]
