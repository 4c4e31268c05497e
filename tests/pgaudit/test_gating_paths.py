"""No report of the gate tells where on the machine the migrations lie."""

import time
from pathlib import Path

import pytest

from migrations_safety.rule_index import all_rules
from pgaudit.gating import GateRequest, gated
from pgaudit.reports.gate_contract import to_json
from tests.migrations_safety.examples import Example, examples

FILES = {
    "20240101000000_a.sql": "create index concurrently orders_note on orders (note);\n",
    "20240101000001_b.sql": "alter table orders set unlogged;\nalter table orders add column a int;\n",
    "20240101000002_c.sql": "alter table orders\n    drop column note;\n",
}


def report(*paths: Path) -> str:
    """Give the JSON of a gate without a database."""
    named = tuple(map(str, paths))
    request = GateRequest(started_at=time.time(), began=time.perf_counter(), paths=named, profile="pedantic")
    return to_json(gated(request))


def write(folder: Path, example: Example) -> list[Path]:
    """Write the files of an example, and give their paths."""
    paths: list[Path] = []
    for number, part in enumerate(example.sql.split("-- file ")):
        path = folder / f"{number}.sql"
        path.write_text(part if number == 0 else f"-- {part}")
        paths.append(path)
    return paths


def test_whatever_a_rule_says_names_no_folder_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    seen: set[str] = set()
    for rule in all_rules():
        for example in (one for one in examples(rule) if one.unsafe and False in one.catalogs):
            found = report(*write(tmp_path, example))
            assert str(tmp_path) not in found, example.name
            seen |= {rule.id} if f'"rule": "{rule.id}"' in found else set()
    assert {"cross-file-lock-budget", "build-then-rewrite", "forward-reference"} <= seen


@pytest.mark.parametrize("given", ["nothing", "relative", "absolute"])
def test_files_are_named_from_the_working_folder_however_they_were_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    (tmp_path / "migrations").mkdir()
    for name, sql in FILES.items():
        (tmp_path / "migrations" / name).write_text(sql)
    monkeypatch.chdir(tmp_path)
    paths = {"nothing": [], "relative": [Path("migrations")], "absolute": [tmp_path / "migrations"]}[given]
    found = report(*paths)
    assert str(tmp_path) not in found
    assert '"file": "migrations/20240101000001_b.sql"' in found
    assert "line 1 of migrations/20240101000000_a.sql" in found
    assert "3 pending in migrations (plain)" in found


def test_files_outside_of_the_working_folder_are_named_as_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1.sql").write_text("drop table t;\n")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert '"file": "../1.sql"' in report(Path("../1.sql"))
