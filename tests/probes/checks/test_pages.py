"""Each check's page has what a DBA looks for, and none repeats another's."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from pathlib import Path

import pytest

from probes.check import Check, built_in_checks
from tests.probes.checks.stories import CHECKS as CHECK_FOLDER
from tests.probes.checks.stories import all_sections

CHECKS = built_in_checks()
HEADINGS = ("What", "Why it matters", "When it is harmless", "How to fix it safely", "How it is decided", "Sources")
TOLD_BY_A_SERVER_IN_THAT_STATE = {
    "sequences/unreadable",
    "storage/tablespace_in_pgdata",
    "vacuum/autovacuum_workers_saturated",
    "vacuum/freeze_max_age_near",
    "vacuum/running_vacuum",
    "vacuum/xid_wraparound_database",
    "vacuum/xmin_horizon_held",
}
"""Checks whose fault no SQL can make: tests/probes/checks/test_*_states.py put a server into that state."""

_SENTENCE = re.compile(r"[^.!?]+[.!?]")
_LONG_SENTENCE_WORDS = 14
_HEADING = re.compile(rf"^(?:{'|'.join((*HEADINGS, 'Known limits'))}):", re.MULTILINE)
SHINGLE_WORDS = 5
MOST_IN_COMMON = 0.1


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_page_has_every_heading(check: Check) -> None:
    for heading in HEADINGS:
        assert re.search(rf"^{heading}:\s", check.page, re.MULTILINE), f"{check.id} lacks {heading!r}"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_check_names_a_source(check: Check) -> None:
    assert check.sources
    assert all(source.startswith("https://") for source in check.sources)


def test_no_page_repeats_a_long_sentence_of_another() -> None:
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for check in CHECKS:
        body = " ".join(check.page.split()).partition("Sources:")[0]
        for sentence in _SENTENCE.findall(body):
            if len(sentence.split()) >= _LONG_SENTENCE_WORDS:
                owners[sentence.strip()].add(check.id)
    repeated = {sentence: sorted(ids) for sentence, ids in owners.items() if len(ids) > 1}
    assert repeated == {}


def test_no_two_pages_share_much_of_their_text() -> None:
    """Every page against every other one, by the share of runs of words that both have."""
    shingled = {check.id: shingles(check.page) for check in CHECKS}
    alike = {
        (one, other): round(common, 2)
        for one, other in itertools.combinations(shingled, 2)
        if (common := overlap(shingled[one], shingled[other])) > MOST_IN_COMMON
    }
    assert alike == {}


def shingles(page: str) -> set[tuple[str, ...]]:
    """Runs of words in what a page says, without its headings and sources."""
    words = re.findall(r"[\w']+", _HEADING.sub(" ", page.partition("\nSources:")[0]).lower())
    return set(zip(*(words[start:] for start in range(SHINGLE_WORDS)), strict=False))


def overlap(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    """The share of the shorter page that stands in the other one as well."""
    return len(one & other) / max(min(len(one), len(other)), 1)


def test_every_check_is_shown_a_fault() -> None:
    """By its story, or by a test that puts a server into the state that no story can make."""
    told = {section.check for section in all_sections() if section.kind == "bad"}
    states = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*_states.py"))
    assert [check.id for check in CHECKS if check.id not in told and f'"{check.id}"' not in states] == []


def test_every_story_has_a_fault_and_a_near_miss() -> None:
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for section in all_sections():
        kinds[section.check].add(section.kind)
    for check in TOLD_BY_A_SERVER_IN_THAT_STATE:
        kinds[check].add("bad")
    incomplete = {check: sorted(found) for check, found in kinds.items() if found != {"bad", "near miss"}}
    assert incomplete == {}


def test_ids_and_aliases_are_unique() -> None:
    names = list(itertools.chain.from_iterable((check.id, *check.aliases) for check in CHECKS))
    assert len(names) == len(set(names))


def test_every_story_is_about_a_check() -> None:
    stories = {f"{path.parent.name}/{path.stem}" for path in CHECK_FOLDER.glob("*/*.sql")}
    assert stories <= {check.id for check in CHECKS}
