"""Write the servers' answers: `python -m tests.migrations_safety.oracle.measure [--only PATTERN] [--major N]`."""

import argparse
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatch

from tests.migrations_safety.oracle.cases import load_cases
from tests.migrations_safety.oracle.measured import Answers, read_area, write_area
from tests.migrations_safety.oracle.model import MAJORS, Case, Measurement
from tests.migrations_safety.oracle.run import measure_all
from tests.migrations_safety.oracle.server import SETTINGS
from tests.servers import private_cluster

SERVERS_AT_ONCE = 2


def measure_major(major: int, patterns: Sequence[str]) -> dict[str, Measurement]:
    """Return the measurements of the cases whose name fits a pattern, from a cluster started for it."""
    cases = [case for case in load_cases() if any(fnmatch(case.name, pattern) for pattern in patterns)]
    with private_cluster(major, settings=SETTINGS) as cluster:
        return {case.name: found for case, found in measure_all(cluster.dsn, major, cases)}


def merge(old: Answers, new: Mapping[int, Mapping[str, Measurement]], cases: Sequence[Case]) -> Answers:
    """Return new answers over old ones, for the cases and majors that still exist."""
    merged: Answers = {}
    for case in cases:
        answers = {
            major: found
            for major in case.majors
            if (found := new.get(major, {}).get(case.name) or old.get(case.name, {}).get(major)) is not None
        }
        if answers:
            merged[case.name] = answers
    return merged


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what was asked for and write the files."""
    parser = argparse.ArgumentParser(description="Measure the case table on real servers and write the files.")
    parser.add_argument(
        "--only",
        action="append",
        metavar="PATTERN",
        help="only cases whose name fits, such as 'column/*' (may be repeated)",
    )
    parser.add_argument("--major", type=int, action="append", choices=MAJORS, help="only this major (may be repeated)")
    options = parser.parse_args(arguments)
    majors: list[int] = options.major or list(MAJORS)
    patterns: list[str] = options.only or ["*"]
    started = time.monotonic()
    with ProcessPoolExecutor(SERVERS_AT_ONCE) as pool:
        answers = dict(zip(majors, pool.map(measure_major, majors, [patterns] * len(majors)), strict=True))
    for area in sorted({case.area for case in load_cases()}):
        cases = [case for case in load_cases() if case.area == area]
        write_area(area, merge(read_area(area), answers, cases))
    total = sum(map(len, answers.values()))
    print(f"{total} measurements in {time.monotonic() - started:.0f} s")  # noqa: T201 -- a command's answer


if __name__ == "__main__":
    main()
