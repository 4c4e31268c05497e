"""Advice that no cited record gives, and statements that turn a cited one around."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pgaudit.review.evidence.records import Record, RecordKind
from pgaudit.review.grounding.evidence import Cited

_ACTS = {
    r"\b(?:add|create|build|introduce)(?:s|d|ed|ing)?\b|\b(?:creat|introduc)ing\b|\bbuilt\b": r"add|create|build",
    r"\bdrop(?:s|ped|ping)?\b|\bremov(?:e|es|ed|ing|al)\b|\bdelet(?:e|es|ed|ing)\b": r"drop|remove|delete",
    r"\b(?:re-?)?analy[sz](?:e|es|ed|ing)\b": r"analyze",
    r"\bvacuum(?:s|ed|ing)?\b": r"vacuum",
    r"\breindex(?:es|ed|ing)?\b|\brebuil(?:d|ds|t|ding)\b": r"reindex|rebuil|create",
    r"\btruncat(?:e|es|ed|ing)\b": r"truncate",
    r"\binstall(?:s|ed|ing)?\b": r"install|create extension",
    r"\bgrant(?:s|ed|ing)?\b": r"grant",
    r"\brevok(?:e|es|ed|ing)\b": r"revoke",
    r"\bdisabl(?:e|es|ed|ing)\b": r"disabl|off",
    r"\bshard(?:s|ed|ing)?\b|\bdenormali[sz]\w*": r"shard|denormali",
}
_THINGS = re.compile(
    r"\b(index|constraint|primary key|foreign key|column|extension|policy|trigger|table|schema|partition|role)",
    re.IGNORECASE,
)
_LACK = re.compile(
    r"\b(?:no|without|lacks?|missing|not|never|has no|have no)\s+(?:an?\s+|the\s+|its\s+)?([a-z]+(?: key| index)?)",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\b(?:no|not|never|without|lack\w*|missing|nor|neither|none|cannot|absen\w+)\b", re.IGNORECASE)
_REACH = 60
_MANY_WORDS = 4


def without_backing(text: str, cited: Cited) -> Iterator[str]:
    """Acts that a text advises and no cited record does: an index that exists, ANALYZE after ANALYZE."""
    advised = "\n".join(cited.advised).lower()
    for act, backing in _ACTS.items():
        for found in re.finditer(act, text, re.IGNORECASE):
            thing = _THINGS.search(text, found.start(), found.end() + _REACH)
            is_backed = re.search(backing, advised) and (thing is None or _mentions(thing[1], advised))
            if not is_backed:
                yield found[0]


def _mentions(thing: str, advised: str) -> bool:
    return thing.lower() in advised or (thing.lower() == "partition" and "partition" in advised)


def turned_around(text: str, cited: Cited) -> Iterator[str]:
    """What a finding says to be lacking and the text says to be there."""
    if _NEGATED.search(text):
        return
    for record in cited.records:
        if record.kind is not RecordKind.FINDING:
            continue
        for lacking in _lacking(record):
            if re.search(rf"\b{re.escape(lacking)}\b", text, re.IGNORECASE):
                yield lacking


def _lacking(record: Record) -> Iterator[str]:
    for text in (record.title, record.says):
        for found in _LACK.finditer(text):
            if len(found[1]) >= _MANY_WORDS:
                yield found[1]
