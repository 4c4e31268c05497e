"""Names in a database without an encoding: no text can hold their bytes beyond ASCII, and so no SQL in a report can."""

from __future__ import annotations

import re

import msgspec

from probes.finding import Finding

_WITHOUT_ENCODING = "SQL_ASCII"
_NAME_WITH_BYTES = re.compile(r'"(?:[^"]|"")*\\x[89a-f][0-9a-f](?:[^"]|"")*"')
"""A quoted identifier in which the collector wrote a byte as `\\xe9`."""


def runnable(finding: Finding, encoding: str) -> Finding:
    """The finding with its SQL as advice where a name in it cannot be written so that the server knows it again.

    Args:
        finding: A finding with a fix or without.
        encoding: Of the audited database.
    """
    if finding.fix is None or encoding != _WITHOUT_ENCODING:
        return finding
    told = "; ".join(finding.fix.sql)
    if not _NAME_WITH_BYTES.search(told):
        return finding
    advice = (
        "This database has no encoding (SQL_ASCII): names are bytes, and one beyond ASCII stands here as \\x and two "
        f"digits. Run this with the bytes themselves, from a client that sends them as they are: {told}"
    )
    return msgspec.structs.replace(finding, fix=None, advice=advice)
