"""Names of a sentence, and whether a cited record is about them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from pgaudit.review.grounding.evidence import Cited

_MARKED = re.compile(r"`([^`]+)`|\"([^\"]+)\"|“([^”]+)”|'([^']+)'")
_SPELLED_LIKE_A_NAME = re.compile(
    r"\b(?:\w*[^\W\d]_\w+|\w+_\w*|[a-z]+[A-Z]\w*|[^\W\d_]+\d\w*|[^\W\d]\w*(?:\.[^\W\d]\w*)+)\b"
)
_NOUN = (
    "table|tables|view|column|columns|index|schema|function|role|constraint|policy|sequence|trigger|extension|"
    "database|relation|partition"
)
_BEHIND = re.compile(rf"\b(?:{_NOUN})\s+(\w+)", re.IGNORECASE)
_BEFORE = re.compile(rf"\b(\w+)\s+(?:{_NOUN})\b", re.IGNORECASE)
_UNITS = frozenset({"kB", "kiB"})
_PLAIN = frozenset(
    """
    a an the this that these those its their each every any no one same another other both all some such which whose
    and or but nor if so as at by for from in into of on onto over per to under until up with within without while
    when where than then there here before after because between behind beside besides despite during through via
    is are was were be been being has have had having does do did can cannot could may might must should will would
    not never only also even still just already alone again too very more most less least longer fewer
    it they them what who how why
    large larger largest small smaller smallest big bigger new old whole entire single parent child main own busy
    busiest affected audited partitioned referenced referencing foreign primary unique composite secondary duplicate
    redundant unused missing invalid supporting covering partial leading first second last remaining keyless empty
    definition definitions order name names key keys scan scans row rows level security type types entry entries
    size sizes bloat access rights owner owners lock locks write writes read reads lookup lookups page pages build
    tenant database table tables view views column columns index indexes schema function role constraint policy
    sequence trigger extension relation partition
    """.split()  # noqa: SIM905 - a list of a hundred quoted words is harder to read
)


def strangers(text: str, cited: Cited, relations: Collection[str]) -> Iterator[str]:
    """Names in a text that the cited records do not mention.

    Args:
        text: The sentence.
        cited: The records it cites.
        relations: Names of all tables and views of the evidence: none may be spoken of without being cited.
    """
    for name in names_in(text):
        if not all(word.lower() in cited.words for word in re.findall(r"\w+", name)):
            yield name
    for beside in (*_BEHIND.findall(text), *_BEFORE.findall(text)):
        word = beside.lower()
        if word not in _PLAIN and not word.isdigit() and word not in cited.words:
            yield word
    for word in re.findall(r"\w+", text.lower()):
        if word in relations and word not in cited.words and word not in _PLAIN:
            yield word


def names_in(text: str) -> Iterator[str]:
    """What a text marks or spells as names."""
    for found in _MARKED.finditer(text):
        yield next(group for group in found.groups() if group)
    for found in _SPELLED_LIKE_A_NAME.finditer(text):
        if found[0] not in _UNITS:
            yield found[0]
