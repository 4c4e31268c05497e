"""Every rule's page: its unsafe examples are flagged, its safe ones are not, with a catalog and without one."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from migrations_safety.rule import Rule
from migrations_safety.rule_index import INDEX, all_rules, index_text
from migrations_safety.triggers import EFFECTS, EVERY, LOCK
from probes.sql.tree import enums
from probes.sql.tree.decode import _HOMES
from tests.migrations_safety.examples import Example, examples, problems

RULES = all_rules()
HEADINGS = ("What", "Why it matters", "When it is harmless", "What to do", "Known limits", "Sources")
EXAMPLES = [example for rule in RULES for example in examples(rule)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_page_has_every_heading_and_both_kinds_of_examples(rule: Rule) -> None:
    missing = [heading for heading in HEADINGS if not re.search(rf"^{heading}: ", rule.page, re.MULTILINE)]
    assert not missing
    assert {example.unsafe for example in examples(rule)} == {True, False}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_judged_as_its_page_says(example: Example) -> None:
    assert not list(problems(example))


def test_the_index_of_rules_is_fresh() -> None:
    assert INDEX.read_text(encoding="utf-8") == index_text(RULES)


def test_a_rule_that_cannot_be_imported_fails_the_index_and_leaves_it_as_it_was(tmp_path: Path) -> None:
    shutil.copytree(INDEX.parent.parent, tmp_path / "migrations_safety", ignore=shutil.ignore_patterns("__pycache__"))
    copied = tmp_path / "migrations_safety" / "rules"
    (copied / "half_written.py").write_text("from migrations_safety.rule import Ruel\n", encoding="utf-8")
    made = subprocess.run(
        [sys.executable, "-m", "migrations_safety.rule_index"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 1
    assert "Ruel" in made.stderr
    assert (copied / INDEX.name).read_text(encoding="utf-8") == INDEX.read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_trigger_is_a_word_that_some_statement_has(rule: Rule) -> None:
    assert not [trigger for trigger in rule.triggers if not is_word(trigger)]


def is_word(trigger: str) -> bool:
    if trigger in {EVERY, *EFFECTS}:
        return True
    kind, *narrower = trigger.removesuffix(f"&{LOCK}").split(":")
    known = {name for _, name in _HOMES.values()}
    choices = {
        "AlterTable": (enums.AlterTableType, enums.ConstraintType),
        "Drop": (enums.ObjectType,),
        "Rename": (enums.ObjectType,),
        "SetSchema": (enums.ObjectType,),
        "SetOwner": (enums.ObjectType,),
    }.get(kind, ())
    return (
        kind in known
        and len(narrower) <= len(choices)
        and all(word in choice.__members__ for word, choice in zip(narrower, choices, strict=False))
    )
