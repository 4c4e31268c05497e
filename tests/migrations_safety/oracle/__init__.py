"""What real servers do: cases, and their measurements on each major.

`load_cases()` gives the cases, `measured(case, major)` what a server did, `prepare` and `execute` repeat it, so that
the catalog can be collected before and after. `python -m tests.migrations_safety.oracle.measure` writes the files in
`measured/`.
"""

from tests.migrations_safety.oracle.cases import load_case, load_cases, load_worlds
from tests.migrations_safety.oracle.execute import execute, prepare, prepare_cluster
from tests.migrations_safety.oracle.measured import NotMeasuredError, measured
from tests.migrations_safety.oracle.model import MAJORS, Case, Measurement, Where, World

__all__ = [
    "MAJORS",
    "Case",
    "Measurement",
    "NotMeasuredError",
    "Where",
    "World",
    "execute",
    "load_case",
    "load_cases",
    "load_worlds",
    "measured",
    "prepare",
    "prepare_cluster",
]
