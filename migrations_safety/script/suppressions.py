"""Comments that silence rules: our own and squawk's."""

from __future__ import annotations

import re
from datetime import date

from migrations_safety.script.model import Suppression, SuppressionScope
from probes.sql import lexis

_REST = lexis.repeated(rb"[^\n\r*]|\*(?!/)")
_COMMENT = re.compile(
    rb"(?:--|/\*)[ \t]*(?:"
    rb"(?P<own>pgaudit)[ \t]*:[ \t]*ignore(?P<own_file>-file)?[ \t]*"
    rb"(?:\[(?P<own_rules>[^\]\n]*)\])?(?P<reason>" + _REST + rb")"
    rb"|squawk-ignore(?P<squawk_file>-file)?(?![A-Za-z-])(?P<squawk_rules>" + _REST + rb")"
    rb")"
)
_EXPIRY = re.compile(r"[(\[]?\b(?:expires|until)[ =:]+(\d{4}-\d{2}-\d{2})\b[)\]]?")
_RULE = re.compile(r"[A-Za-z][\w-]*")


def statement_suppressions(data: bytes, begin: int, end: int, first_line: int) -> tuple[Suppression, ...]:
    """The suppressions for one statement between two offsets; ``first_line`` is the line of ``begin``."""
    found = _suppressions(data, begin, end, first_line)
    return tuple([each for each in found if each.scope is SuppressionScope.STATEMENT])


def file_suppressions(data: bytes, first_line: int) -> tuple[Suppression, ...]:
    """The suppressions for a whole file, wherever in it they stand."""
    if b"ignore-file" not in data:
        return ()
    found = _suppressions(data, 0, len(data), first_line)
    return tuple([each for each in found if each.scope is SuppressionScope.FILE])


def _suppressions(data: bytes, begin: int, end: int, first_line: int) -> list[Suppression]:
    return [
        _suppression(found, first_line + data.count(b"\n", begin, found.start()))
        for found in _COMMENT.finditer(data, begin, end)
    ]


def _suppression(found: re.Match[bytes], line: int) -> Suppression:
    groups = {name: (text or b"").decode("utf-8", "replace") for name, text in found.groupdict().items()}
    is_own = bool(groups["own"])
    rules = _RULE.findall(groups["own_rules"] if is_own else groups["squawk_rules"])
    reason = groups["reason"].strip(" \t:-") if is_own else ""
    expiry = _EXPIRY.search(reason)
    return Suppression(
        scope=SuppressionScope.FILE if groups["own_file"] or groups["squawk_file"] else SuppressionScope.STATEMENT,
        tool="pgaudit" if is_own else "squawk",
        rules=tuple(rules),
        reason=_EXPIRY.sub("", reason).strip(" \t,;"),
        line=line,
        expires=_date(expiry.group(1)) if expiry else None,
    )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
