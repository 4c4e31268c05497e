"""Reading back what was published: reports of scans and of gates, by the contract that they name."""

from __future__ import annotations

import re

import msgspec

from pgaudit.errors import ReportTooNew, ReportUnreadable
from pgaudit.reports import contract, gate_contract
from pgaudit.reports.interface import Published

_CONTRACT = re.compile(r"(pgaudit-(?:report|gate))/(\d{1,6})")
_SUPPORTED = 1


class _Head(msgspec.Struct):
    schema: str


def read_report(content: bytes, name: str) -> Published:
    """The report in a JSON text.

    Args:
        content: What was read.
        name: Of the file, for errors.

    Raises:
        ReportUnreadable: It is no report of ours.
        ReportTooNew: A newer pgaudit wrote it.
    """
    try:
        schema = msgspec.json.decode(content, type=_Head).schema
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ReportUnreadable(name, f"no JSON report: {error}") from error
    named = _CONTRACT.fullmatch(schema)
    if named is None:
        raise ReportUnreadable(name, f"{schema!r} is no contract of pgaudit's")
    if int(named[2]) > _SUPPORTED:
        raise ReportTooNew(name, found=schema, supported=f"{named[1]}/{_SUPPORTED}")
    try:
        return contract.from_json(content) if schema == contract.SCHEMA else gate_contract.from_json(content)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ReportUnreadable(name, f"damaged: {error}") from error
