"""What PostgreSQL locks, rewrites, reads and builds, as the servers showed it: one page for each area of the oracle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from tests.migrations_safety.oracle.cases import load_cases, load_worlds
from tests.migrations_safety.oracle.measured import SHORT, read_area, span_of
from tests.migrations_safety.oracle.model import MODES, STRENGTH, Case, Measurement, Where

_PLAIN_WORLD = "rows"
_SITUATIONS_SHOWN = 8
_TITLES = {
    "column": "Columns",
    "combined": "Several subcommands together",
    "concurrent": "CONCURRENTLY",
    "constraint": "Constraints",
    "data": "Data statements",
    "dependents": "What reaches dependents",
    "index": "Indexes",
    "maintenance": "Maintenance",
    "odd": "Names of every kind, identity, generated columns, extensions",
    "options": "Options and owners",
    "partition": "Partitions and inheritance",
    "retype": "Type changes",
    "table": "Tables, views, sequences",
    "utility": "Everything else",
}

Outcome = tuple[tuple[str, Measurement], ...]
"""Spans of majors with what the servers of that span did."""


def lock_pages() -> dict[str, str]:
    """Text by file name."""
    cases = load_cases()
    found = {
        f"{area}.md": _area_page(area, list(of_area)) for area, of_area in groupby(cases, key=lambda one: one.area)
    }
    found["README.md"] = _first_page(cases)
    found["situations.md"] = _situations_page()
    return found


def _first_page(cases: tuple[Case, ...]) -> str:
    plain = [case for case in cases if _situation(case) == _PLAIN_WORLD and len(case.statements) == 1]
    areas = dict.fromkeys(case.area for case in cases)
    lines = [
        "# What statements lock, rewrite, read and build",
        "",
        f"{len(cases):,} cases, each executed on every server from PostgreSQL 13 to 18 that knows its syntax.",
        "Nothing here was written by hand or by a prediction: the answers of the servers are kept in files, this page",
        "is made of them, and the predictions of the gate are compared with the same files.",
        "",
        "Modes: " + ", ".join(f"{short} = {mode}" for short, mode in MODES.items()) + ".",
        "Readers wait for AE only; writers wait for S, SRE, E and AE. Only relations that existed before are listed,",
        "with the strongest mode on each. *reads* are sequential reads that the server counts.",
        "",
        "| page | cases |",
        "|---|---|",
        *(f"| [{_TITLES[area]}]({area}.md) | {sum(case.area == area for case in cases):,} |" for area in areas),
        "",
        "What each situation is made of: [situations](situations.md).",
        "",
        "## An ordinary table with rows",
        "",
        *_table(_rows(plain), with_situations=False),
    ]
    return "\n".join(lines) + "\n"


def _area_page(area: str, cases: list[Case]) -> str:
    lines = [
        f"# {_TITLES[area]}",
        "",
        "Modes and words are explained on [the first page](README.md), situations on [their own](situations.md).",
        "",
        *_table(_rows(cases), with_situations=True),
    ]
    return "\n".join(lines) + "\n"


def _situations_page() -> str:
    lines = [
        "# Situations",
        "",
        "The database that a statement meets, as SQL. One that builds on another shows all of it.",
    ]
    for world in load_worlds().values():
        lines += ["", f"## {world.name}", "", "```sql", world.sql.strip(), "```"]
    return "\n".join(lines) + "\n"


def _rows(cases: Iterable[Case]) -> Iterator[tuple[str, list[str], Outcome]]:
    """Statement, names of the situations in which it does the same, and what it does."""
    by_statement: dict[str, list[Case]] = {}
    for case in cases:
        by_statement.setdefault("; ".join(case.statements), []).append(case)
    for statement, same in by_statement.items():
        outcomes: dict[str, tuple[list[str], Outcome]] = {}
        for case in same:
            outcome = _outcome(case)
            alike = repr([(span, _cells(one)) for span, one in outcome])
            outcomes.setdefault(alike, ([], outcome))[0].append(_situation(case))
        yield from ((statement, worlds, outcome) for worlds, outcome in outcomes.values())


def _situation(case: Case) -> str:
    return f"{case.world.name} in a transaction" if case.where is Where.INSIDE else case.world.name


def _outcome(case: Case) -> Outcome:
    answers = read_area(case.area).get(case.name, {})
    groups: dict[tuple[str, str], list[int]] = {}
    for major in sorted(answers):
        groups.setdefault(_cells(answers[major]), []).append(major)
    return tuple((span_of(majors), answers[majors[0]]) for majors in groups.values())


def _table(rows: Iterable[tuple[str, list[str], Outcome]], *, with_situations: bool) -> Iterator[str]:
    situations = " situations |" if with_situations else ""
    yield f"| statement |{situations} PostgreSQL | locks | work |"
    yield "|---|---|---|---|" + ("---|" if with_situations else "")
    for statement, worlds, outcome in rows:
        what = f"| `{_escaped(statement)}` |" + (f" {_listed(worlds)} |" if with_situations else "")
        for span, measurement in outcome:
            locks, work = _cells(measurement)
            yield f"{what} {span} | {locks} | {work} |"


def _cells(measurement: Measurement) -> tuple[str, str]:
    """Locks and work as text."""
    if measurement.refused:
        return f"refused ({measurement.refused})", ""
    strongest = measurement.strongest()
    ranked = sorted(strongest, key=lambda name: (-STRENGTH[strongest[name]], name))
    locks = ", ".join(f"{_short(name)} {SHORT[strongest[name]]}" for name in ranked)
    work = [
        f"{verb} {', '.join(sorted(map(_short, names)))}"
        for verb, names in (
            ("rewrites", measurement.rewrites),
            ("reads", measurement.scans),
            ("builds", measurement.builds),
        )
        if names
    ]
    if measurement.requires_no_transaction:
        work.append("not in a transaction")
    return locks, "; ".join(work)


def _short(name: str) -> str:
    return name.removeprefix("public.").replace("|", "\\|")


def _listed(worlds: list[str]) -> str:
    shown = ", ".join(worlds[:_SITUATIONS_SHOWN])
    more = len(worlds) - _SITUATIONS_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
