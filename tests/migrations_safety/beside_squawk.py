"""Who says of which statement that it blocks during work: pgaudit and squawk beside a server.

`python -m tests.migrations_safety.beside_squawk [--major 17]` prints the table that docs/benchmarks.md holds. A form is
one DDL statement of the case table; it is dangerous where a server, in some situation, blocked reads or writes of a
table while it worked through it. With a catalog every case of a form, one a situation, is judged by itself.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from probes.catalog.catalog import Catalog
from tests.migrations_safety.danger import is_dangerous
from tests.migrations_safety.oracle import MAJORS, Case, Measurement, NotMeasuredError, load_cases, measured
from tests.migrations_safety.oracle.coverage import nodes_of
from tests.migrations_safety.oracle.planner import DATA_STATEMENTS
from tests.migrations_safety.test_rules_on_cases import BAD, HARMLESS, is_listed, verdicts
from tests.migrations_safety.worlds import catalogs

WORK_RULES = frozenset(
    {
        "adding-exclusion-constraint",
        "adding-field-with-default",
        "adding-foreign-key-constraint",
        "adding-not-nullable-field",
        "adding-serial-primary-key-field",
        "changing-column-type",
        "constraint-missing-not-valid",
        "disallowed-unique-constraint",
        "require-concurrent-index-creation",
        "require-concurrent-reindex",
    }
)
"""Squawk's rules on work under a lock. Those on locks alone, such as of a dropped index, say nothing about work."""
Measured = dict[str, list[tuple[Case, Measurement]]]
"""What a server did with each form, a case for each situation."""


@dataclass(frozen=True, slots=True)
class Score:
    """What one judge got wrong."""

    judge: str
    dangerous: int
    harmless: int
    missed: int
    alarms: int

    def line(self) -> str:
        """Give the row of the table."""
        return f"| {self.judge} | {self.dangerous:,} | {self.missed:,} | {self.harmless:,} | {self.alarms:,} |"


def ddl_forms(major: int) -> Measured:
    """Give the single DDL statements that a server of the major carried out, with what they did in each situation."""
    found: Measured = {}
    for case in load_cases():
        is_ddl = len(case.statements) == 1 and not nodes_of(case.statements[0]) & DATA_STATEMENTS
        if not is_ddl or major not in case.majors or "temporary" in case.world.situations:
            continue
        try:
            truth = measured(case, major)
        except NotMeasuredError:
            continue
        if truth.refused is None:
            found.setdefault(case.name.partition("@")[0], []).append((case, truth))
    return found


def blocks(case: Case, truth: Measurement) -> bool:
    """Give whether a server kept others waiting during work: not for a file that is empty by then, nor for nobody."""
    return is_dangerous(truth) and not is_listed(case, HARMLESS)


def says_works(case: Case, truth: Measurement, catalog: Catalog | None, major: int) -> bool:
    """Give whether some rule says that others wait during work."""
    return any(one.flag.works for one in verdicts(case, truth, catalog, major))


def of_forms(judge: str, forms: Measured, flagged: set[str]) -> Score:
    """Give the score of a judge that sees the text alone."""
    dangerous = {name for name, cases in forms.items() if any(blocks(case, truth) for case, truth in cases)}
    harmless = set(forms) - dangerous
    return Score(judge, len(dangerous), len(harmless), len(dangerous - flagged), len(harmless & flagged))


def with_catalog(forms: Measured, major: int) -> Score:
    """Give the score by case, each on the catalog of its situation."""
    cases = [one for found in forms.values() for one in found]
    known = catalogs(major, sorted({case.world.name for case, _ in cases}))
    said = {case.name for case, truth in cases if says_works(case, truth, known[case.world.name], major)}
    dangerous = {case.name for case, truth in cases if blocks(case, truth)}
    excused = {case.name for case, truth in cases if is_dangerous(truth) or is_listed(case, BAD)}
    return Score(
        "pgaudit, with the catalog (cases)",
        len(dangerous),
        len(cases) - len(dangerous),
        len(dangerous - said),
        len(said - dangerous - excused),
    )


def flagged_by_squawk(forms: Measured, major: int) -> set[str]:
    """Give the forms on which squawk has something to say about work."""
    squawk = Path(sys.executable).with_name("squawk")
    with tempfile.TemporaryDirectory() as name:
        paths: dict[str, str] = {}
        for number, (form, cases) in enumerate(forms.items()):
            path = Path(name) / f"{number}.sql"
            path.write_text(f"{cases[0][0].statements[0]};\n")
            paths[str(path)] = form
        command = [str(squawk), "--reporter", "json", "--pg-version", f"{major}.0", *paths]
        said = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    return {paths[one["file"]] for one in said if one["rule_name"] in WORK_RULES}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Compare verdicts on danger with squawk's.")
    parser.add_argument("--major", type=int, default=17, choices=MAJORS)
    major: int = parser.parse_args(arguments).major
    forms = ddl_forms(major)
    flagged = {name for name, ((case, truth), *_) in forms.items() if says_works(case, truth, None, major)}
    scores = (
        of_forms("squawk", forms, flagged_by_squawk(forms, major)),
        of_forms("pgaudit, without a database", forms, flagged),
        with_catalog(forms, major),
    )
    print("| | dangerous | missed | harmless | false alarms |\n|---|---|---|---|---|")  # noqa: T201 -- a command's answer
    for score in scores:
        print(score.line())  # noqa: T201 -- likewise


if __name__ == "__main__":
    main()
