"""The published contract, as JSON."""

from __future__ import annotations

from typing import assert_never

from pgaudit.reports import contract, gate_contract
from pgaudit.reports.escaping import json_safe
from pgaudit.reports.interface import Published, View


def render(report: Published, view: View) -> str:
    """The report as JSON. A view never changes what is stored: it is ignored."""
    del view
    match report:
        case contract.Report():
            return json_safe(contract.to_json(report))
        case gate_contract.GateReport():
            return json_safe(gate_contract.to_json(report))
        case _:
            assert_never(report)
