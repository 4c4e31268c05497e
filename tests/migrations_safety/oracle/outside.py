"""Placeholder until the stalled measurement is written."""

from typing import Any
from tests.migrations_safety.oracle.model import Case, Measurement


def measure_outside(databases: Any, case: Case) -> Measurement:
    return Measurement(requires_no_transaction=True)
