"""Each check's page has what a DBA looks for, and none repeats another's."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict

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
