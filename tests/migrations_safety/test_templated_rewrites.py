"""A rewrite of a template is the rewrite of what the template becomes, with the placeholder where the name stood."""

import re
from datetime import date

import pytest

from migrations_safety.placeholders import names_behind_placeholders
from migrations_safety.script.model import ScriptText
from pgaudit.migrations.gate import gate_scripts
from pgaudit.reports.gate_contract import GateFinding
from probes.catalog.catalog import Catalog
from tests.migrations_safety.examples import given_catalog
from tests.migrations_safety.rewrite_cases import CASES

SCHEMA = "apart"
TABLES = re.compile(r"(?<!\.)\b(orders|customers|items|lines|events(?:_\d|_d)?)\b(?! ?_)")
LEAST_REWRITES = 40
WRITINGS = ('{{ index .Options "Namespace" }}', "${schema}", '"{{.Schema}}"', ":schema")


def found(sql: str, catalog: Catalog | None) -> list[GateFinding]:
    """Give the findings on a script."""
    text = ScriptText(file="a.sql", content=f"{sql};\n".encode())
    placeholders = names_behind_placeholders([sql])
    return list(gate_scripts([text], catalog, 18, today=date(2026, 1, 1), placeholders=placeholders).findings)


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
