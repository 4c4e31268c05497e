"""What a check's page says, cut into its headed parts."""

from __future__ import annotations

import functools
import re

_HEADS = ("What", "Why it matters", "When it is harmless", "How to fix it safely", "How it is decided", "Known limits")
_HEAD = re.compile(rf"^({'|'.join(_HEADS)}|Sources):\s*", re.MULTILINE)
_END_OF_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


@functools.cache
def parts_of(page: str) -> dict[str, str]:
    """Text by heading, each on one line."""
    pieces = _HEAD.split(page)
    return {head: " ".join(text.split()) for head, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def part(page: str, head: str) -> str | None:
    """The text under a heading; None where the page has no such part."""
    return parts_of(page).get(head) or None


_OFFERS_NONE = re.compile(r"\bno (?:statement|script)\b", re.IGNORECASE)


def without_refusals(text: str) -> str:
    """The text without the sentences that say why there is no statement: for where there is one after all."""
    kept = [one for one in _END_OF_SENTENCE.split(text) if not _OFFERS_NONE.search(one)]
    return " ".join(kept)


def without_rewrites(text: str) -> str:
    """The text without the sentences that warn of a rewrite: for where none takes place."""
    return " ".join(one for one in _END_OF_SENTENCE.split(text) if "rewrit" not in one)


def first_sentences(text: str, most_characters: int) -> str:
    """As many whole sentences as fit, at least one."""
    found = ""
    for sentence in _END_OF_SENTENCE.split(text):
        if found and len(found) + len(sentence) + 1 > most_characters:
            break
        found = f"{found} {sentence}".strip()
    return found
