"""Comparing with an earlier report: what is new, what got worse, what was there before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from pgaudit.errors import BadConfiguration
from pgaudit.reports.contract import SCHEMA, BaselineState, Report, from_json


def read_baseline(path: Path) -> Report:
    """An earlier report. Raises BadConfiguration where the file is none, or of a newer pgaudit."""
    try:
        content = path.read_bytes()
    except OSError as error:
        problem = error.strerror or str(error)
        raise BadConfiguration("--baseline", f"{path}: {problem}", "name a JSON report that pgaudit wrote") from error
    try:
        schema = msgspec.json.decode(content, type=_Head).schema
    except msgspec.MsgspecError as error:
        raise BadConfiguration("--baseline", f"{path} is no JSON report", "write one with -o json=PATH") from error
    if schema != SCHEMA:
        raise BadConfiguration("--baseline", f"{path} is a {schema}", f"this pgaudit reads {SCHEMA}")
    try:
        return from_json(content)
    except msgspec.MsgspecError as error:
        raise BadConfiguration("--baseline", f"{path} is damaged: {error}", "write it again") from error


class _Head(msgspec.Struct):
    schema: str


def compared(report: Report, baseline: Report) -> Report:
    """The report with the state of each finding against the baseline.

    Raises BadConfiguration where the baseline is of another database: everything would look new.
    """
    if (baseline.target.name, baseline.target.database) != (report.target.name, report.target.database):
        ours, theirs = report.target, baseline.target
        if ours.database != theirs.database:
            problem = f"it is of database {theirs.database} ({theirs.name})"
            raise BadConfiguration("--baseline", problem, f"give one of {ours.database} ({ours.name})")
    before = {finding.id: finding.severity.rank for finding in baseline.findings}
    findings = tuple(
        msgspec.structs.replace(finding, baseline=_state(finding.severity.rank, finding.id, before))
        for finding in report.findings
    )
    return msgspec.structs.replace(report, findings=findings)


def _state(rank: int, finding_id: str, before: Mapping[str, int]) -> BaselineState:
    if finding_id not in before:
        return BaselineState.NEW
    if rank > before[finding_id]:
        return BaselineState.WORSE
    return BaselineState.UNCHANGED
