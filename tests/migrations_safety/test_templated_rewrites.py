"""A rewrite of a template is the rewrite of what the template becomes, with the placeholder where the name stood."""

import re
from datetime import date

import pytest

from migrations_safety.placeholders import names_behind_placeholders
from migrations_safety.script.model import ScriptText
from pgaudit.migrations.gate import GateRun, gate_scripts
from pgaudit.reports.gate_contract import GateFinding
from probes.catalog.catalog import Catalog
from tests.migrations_safety.examples import given_catalog
from tests.migrations_safety.rewrite_cases import CASES

SCHEMA = "apart"
TABLES = re.compile(r"(?<!\.)\b(orders|customers|(?:items|lines)(?:_id_seq)?|items_pkey|events(?:_\d|_d)?)\b(?! ?_)")
LEAST_REWRITES = 40
WRITINGS = ('{{ index .Options "Namespace" }}', "${schema}", '"{{.Schema}}"', ":schema")


def found(sql: str, catalog: Catalog | None) -> list[GateFinding]:
    """Give the findings on a script."""
    return list(judged(sql, catalog).findings)


def judged(sql: str, catalog: Catalog | None = None) -> GateRun:
    """Give what the gate says of a script."""
    text = ScriptText(file="a.sql", content=f"{sql};\n".encode())
    placeholders = names_behind_placeholders([sql])
    return gate_scripts([text], catalog, 18, today=date(2026, 1, 1), placeholders=placeholders)


def under(schema: str, sql: str) -> str:
    """Write a schema before the names of tables."""
    return TABLES.sub(lambda match: f"{schema}.{match[1]}", sql)


def lines(findings: list[GateFinding], placeholder: str) -> list[tuple[str, list[str]]]:
    """Give the rewrites and what takes them back, by rule, with the name for the placeholder."""
    return [
        (one.rule, [line.replace(placeholder, SCHEMA) for line in (*(one.safe_rewrite or ()), *one.rollback)])
        for one in findings
    ]


@pytest.mark.parametrize("placeholder", WRITINGS)
@pytest.mark.parametrize("with_catalog", [False, True])
def test_a_template_is_rewritten_as_what_it_becomes(placeholder: str, with_catalog: bool) -> None:  # noqa: FBT001
    count = 0
    for row in CASES:
        given, script = row[1], row[2]
        catalog = given_catalog(f"create schema {SCHEMA};{under(SCHEMA, given)}", 18) if with_catalog else None
        plain = lines(found(under(SCHEMA, script), catalog), placeholder)
        findings = found(under(placeholder, script), catalog)
        assert lines(findings, placeholder) == plain, script
        count += sum(bool(one.safe_rewrite) for one in findings)
    assert count >= LEAST_REWRITES


def told(run: GateRun, placeholder: str) -> list[str]:
    """Give what is shown of a script, with the name for the placeholder."""
    shown = [repr((one.rule, one.message, one.evidence, one.note)) for one in run.findings]
    shown += [repr(one.effects) for one in run.statements]
    return [line.replace(repr(placeholder)[1:-1], SCHEMA) for line in shown]


@pytest.mark.parametrize("placeholder", WRITINGS)
def test_what_is_told_of_a_template_is_what_is_told_of_what_it_becomes(placeholder: str) -> None:
    wrong: list[tuple[str, str]] = []
    for row in CASES:
        plain, template = (judged(under(schema, row[2])) for schema in (SCHEMA, placeholder))
        wrong += [
            pair
            for pair in zip(told(plain, placeholder), told(template, placeholder), strict=True)
            if pair[0] != pair[1]
        ]
    assert wrong == []


@pytest.mark.parametrize("written", ["{{prefix}}_orders", "${t}", ":table", "old_{{ .Name }}"])
def test_messages_show_the_placeholder_and_never_the_name_made_up_for_it(written: str) -> None:
    script = f"do $$ begin alter table {written} drop column note; end $$; alter table {written} rename to gone"
    run = judged(script)
    assert [one.relation for statement in run.statements for one in statement.effects.locks] == [written, written]
    assert {one.rule for one in run.findings} >= {"drop-column", "rename-table"}
    assert all(written in one.message for one in run.findings if one.rule in {"drop-column", "rename-table"})


def test_a_real_name_that_looks_made_up_stays_as_it_is() -> None:
    run = judged("alter table ${schema}.orders drop column a; alter table _schema.orders drop column b")
    assert [one.relation for statement in run.statements for one in statement.effects.locks] == [
        "${schema}.orders",
        "_schema.orders",
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "alter table {{prefix}}_orders alter column note set not null",
        "alter table {{table}} alter column {{column}} set not null",
        "alter table {{.A}}.orders add constraint c foreign key (a) references ${A}.customers (id)",
        "alter table _a.orders add constraint c foreign key (a) references {{A}}.customers (id)",
    ],
)
def test_what_would_need_a_made_up_name_is_not_rewritten(sql: str) -> None:
    findings = found(sql, None)
    assert findings
    assert not any(one.safe_rewrite for one in findings)
