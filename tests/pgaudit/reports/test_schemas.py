"""Reports against the schemas of others, and against our own published ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lxml import etree

from pgaudit.reports import contract, gate_contract
from pgaudit.reports.interface import View
from pgaudit.reports.registry import renderer
from pgaudit.reports.schemas import documents
from tests.pgaudit.reports.samples import SAMPLES, Sample, gate, ordinary

HERE = Path(__file__).parent
PUBLISHED = HERE.parents[2] / "docs" / "schemas"
SARIF: dict[str, Any] = json.loads((HERE / "schemas" / "sarif-2.1.0-rtm.5.json").read_text())
JUNIT = etree.XMLSchema(etree.parse(HERE / "schemas" / "junit-10.xsd"))
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


@each_sample
def test_sarif_is_valid_by_the_oasis_schema(sample: Sample) -> None:
    log = json.loads(renderer("sarif")(sample.make(), View()))
    validator = jsonschema.Draft4Validator(SARIF, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
    assert [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(log)] == []


@each_sample
def test_junit_is_valid_by_the_common_schema(sample: Sample) -> None:
    document = etree.fromstring(renderer("junit")(sample.make(), View()).encode())
    JUNIT.assertValid(document)


@each_sample
def test_json_is_valid_by_the_published_schema(sample: Sample) -> None:
    whole = json.loads(renderer("json")(sample.make(), View()))
    name = {contract.SCHEMA: "pgaudit-report-1.json", gate_contract.SCHEMA: "pgaudit-gate-1.json"}[whole["schema"]]
    jsonschema.validate(whole, json.loads((PUBLISHED / name).read_text()), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_published_schema_is_current(name: str) -> None:
    assert (PUBLISHED / name).read_text(encoding="utf-8") == documents()[name]


def test_the_published_schema_refuses_another_version() -> None:
    schema = json.loads((PUBLISHED / "pgaudit-report-1.json").read_text())
    other = json.loads(contract.to_json(ordinary())) | {"schema": "pgaudit-report/2"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(other, schema)


def test_reports_read_back_are_the_same() -> None:
    assert contract.from_json(renderer("json")(ordinary(), View())) == ordinary()
    assert gate_contract.from_json(renderer("json")(gate(), View())) == gate()
