"""The published contract, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from pgaudit.reports import contract, gate_contract
from pgaudit.reports.escaping import json_safe
from pgaudit.reports.interface import Published, View


def parts(report: Published) -> Iterator[str]:
    """The text of `render` in pieces, where it may be long."""
    match report:
        case contract.Report():
            yield json_safe(contract.to_json(report))
        case gate_contract.GateReport():
            yield from map(json_safe, gate_contract.json_parts(report))
        case _:
            assert_never(report)


def render(report: Published, view: View) -> str:
    """The report as JSON. A view never changes what is stored: it is ignored."""
    del view
    return "".join(parts(report))
