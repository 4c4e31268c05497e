"""Everything that is known to go wrong in migrations has a rule, or a reason why it has none."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from migrations_safety.rule_index import all_rules
from pgaudit.migrations import gate

SECTIONS = {
    "locks": 65,
    "transactions": 14,
    "compatibility": 19,
    "data": 15,
    "types": 24,
    "security": 8,
    "style": 9,
}
"""Matters by section."""
FOLDER = Path(__file__).parent / "rule_coverage"
FILES = sorted(FOLDER.glob("*.toml"))


def read(path: Path) -> dict[str, dict[str, Any]]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_every_section_has_its_file() -> None:
    assert {path.stem for path in FILES} == set(SECTIONS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_matter_of_a_section_is_told_once(path: Path) -> None:
    matters = [name for part in read(path).values() for name in part]
    assert len(matters) == len(set(matters)) == SECTIONS[path.stem]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_matter_has_rules_that_exist_or_a_reason(path: Path) -> None:
    parts = read(path)
    known = {rule.id for rule in all_rules()}
    missing = {name for names in parts.get("covered", {}).values() for name in names} - known
    own = {name for names in parts.get("by-the-gate", {}).values() for name in names} - set(gate._OWN_TITLES)
    assert not missing | own
    assert all(parts.get("covered", {}).values())
    assert all(len(reason.split()) > 5 for reason in parts.get("left-out", {}).values())
    assert not set(parts) - {"covered", "by-the-gate", "left-out"}
