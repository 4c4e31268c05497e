"""Where findings of the gate point, in every format that shows a place."""

from __future__ import annotations

import json
from pathlib import Path

from pgaudit.reports.gate_contract import from_json
from tests.pgaudit.cli.running import pgaudit

SQL = "-- Größe, 1\r\nalter table orders\r\n\tadd column a int, -- x, y\r\n\t\tdrop column note;\r\n"


def test_text_json_github_and_sarif_point_at_the_subcommand(tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_bytes(SQL.encode())
    outputs = ("-o", "json=out.json", "-o", "github=out.github", "-o", "sarif=out.sarif")
    ran = pgaudit("gate", "1.sql", *outputs, cwd=tmp_path)
    (found,) = (one for one in from_json((tmp_path / "out.json").read_text()).findings if one.rule == "drop-column")
    assert (found.line, found.column) == (4, 3)
    assert "::warning file=1.sql,line=4,col=3," in (tmp_path / "out.github").read_text()
    results = json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]
    (place,) = (one["locations"][0]["physicalLocation"] for one in results if one["ruleId"] == "drop-column")
    assert place["region"] == {"startLine": 4, "startColumn": 3}
    assert "--> 1.sql:4:3\n" in ran.out
    assert f"4 | {' ' * 8}drop column note\n    | {' ' * 8}{'^' * len('drop column note')}\n" in ran.out


def test_a_subcommand_beyond_the_shown_part_of_a_statement_gets_no_caret_on_another_line(tmp_path: Path) -> None:
    added = ",\n".join(f"    add column column_number_{number} text" for number in range(100))
    (tmp_path / "1.sql").write_text(f"alter table orders\n{added},\n    drop column note;\n")
    ran = pgaudit("gate", "1.sql", cwd=tmp_path)
    assert "--> 1.sql:102:5\n" in ran.out
    assert "^" not in ran.out.split("medium[drop-column]")[1].split("\n\n")[0]


def test_no_fix_takes_the_place_of_a_do_block_for_one_of_its_statements(tmp_path: Path) -> None:
    block = "do $$ begin\n    create index orders_note on orders (note);\n    drop table items;\nend $$;\n"
    (tmp_path / "1.sql").write_text(block)
    pgaudit("gate", "1.sql", "-o", "json=out.json", "-o", "sarif=out.sarif", cwd=tmp_path)
    findings = from_json((tmp_path / "out.json").read_text()).findings
    (found,) = (one for one in findings if one.rule == "index-not-concurrent")
    assert found.line == 2
    assert found.safe_rewrite is None
    assert found.note is not None
    assert "outside of the DO block: create index concurrently orders_note on orders (note)" in found.note
    results = json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]
    assert not [one for one in results if "fixes" in one]


def test_no_remedy_holds_a_name_made_up_for_a_placeholder(tmp_path: Path) -> None:
    first, second = (f"create index {name} on {{{{ .Schema }}}}.orders (note);" for name in ("one", "two"))
    gone = "drop index {{ .Schema }}.one;"
    (tmp_path / "1_a.up.sql").write_text(f"{first}\ndo $$ begin\n    {second}\nend $$;\n")
    (tmp_path / "2_b.up.sql").write_text(f"do $$ begin\n    execute '{gone}';\nend $$;\n")
    (tmp_path / "3_c.up.sql").write_text("drop index {{ .Schema }}.two;")
    ran = pgaudit("gate", "-f", "json", cwd=tmp_path)
    findings = from_json(ran.out).findings
    assert [one.line for one in findings if one.rule == "index-not-concurrent"] == [1, 3]
    assert [one.line for one in findings if one.rule == "drop-index-not-concurrent"] == [2, 1]
    assert not [one for one in findings if "_schema" in " ".join((*(one.safe_rewrite or ()), one.note or ""))]


def test_a_relation_is_named_once_among_those_that_are_waited_for(tmp_path: Path) -> None:
    block = "do $$ begin\n    create index n on orders (a);\n    if true then drop table orders; end if;\nend $$;\n"
    (tmp_path / "1.sql").write_text(block)
    ran = pgaudit("gate", "1.sql", cwd=tmp_path)
    assert "= waits meanwhile: every read and write of orders" in ran.out
    assert "every write of orders" not in ran.out
