"""Alerts and the dashboard name only metrics, labels and values that pgaudit writes, in queries that parse."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import promql_parser as promql
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from pgaudit.reports.contract import BaselineState
from pgaudit.reports.interface import View
from pgaudit.reports.registry import renderer
from probes.finding import Severity
from tests.pgaudit.reports.samples import gate, ordinary

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = yaml.safe_load((DEPLOY / "prometheus" / "pgaudit.rules.yml").read_text(encoding="utf-8"))
DASHBOARD = json.loads((DEPLOY / "grafana" / "pgaudit.json").read_text(encoding="utf-8"))
ALERTS: list[dict[str, Any]] = [rule for group in RULES["groups"] for rule in group["rules"]]
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
VALUES = {
    "severity": {severity.value for severity in Severity},
    "state": {state.value for state in BaselineState},
    "status": {"checked", "not_checked", "partly_checked", "broken"},
}


def queries() -> Iterator[tuple[str, str]]:
    """Where a query stands, and the query with Grafana's variables filled in."""
    for alert in ALERTS:
        yield alert["alert"], alert["expr"]
    for panel in PANELS:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$target", ".*")


QUERIES = list(queries())


def written() -> dict[str, set[str]]:
    """The labels of every metric that a scan or a gate writes."""
    measured = msgspec.structs.replace(ordinary(), measures={"xid_age_ratio": 0.1, "sequence_used_ratio_max": 0.2})
    found: dict[str, set[str]] = {}
    for report in (measured, gate()):
        for family in text_string_to_metric_families(renderer("prometheus")(report, View())):
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
    return found


def parts(node: Any) -> Iterator[Any]:
    """A query and all that it is made of."""
    yield node
    for name in ("lhs", "rhs", "expr", "param"):
        child = getattr(node, name, None)
        if child is not None:
            yield from parts(child)
    for child in getattr(node, "args", None) or ():
        yield from parts(child)


@pytest.mark.parametrize(("where", "query"), QUERIES, ids=[where for where, _ in QUERIES])
def test_a_query_names_only_metrics_labels_and_values_that_are_written(where: str, query: str) -> None:
    del where
    known = written()
    nodes = list(parts(promql.parse(query)))
    selectors = [node for node in nodes if isinstance(node, promql.VectorSelector)]
    assert selectors
    labels = set[str]()
    for selector in selectors:
        assert selector.name in known
        labels |= known[selector.name]
        for matcher in selector.matchers.matchers:
            assert matcher.name in known[selector.name]
            if matcher.name in VALUES:
                assert set(matcher.value.split("|")) <= VALUES[matcher.name]
    grouped = [node.modifier.labels for node in nodes if isinstance(node, promql.AggregateExpr) and node.modifier]
    assert {label for group in grouped for label in group} <= labels


def test_every_metric_that_is_written_is_looked_at() -> None:
    nodes = [node for _, query in QUERIES for node in parts(promql.parse(query))]
    assert {node.name for node in nodes if isinstance(node, promql.VectorSelector)} == set(written())


def test_legends_and_summaries_name_labels_that_the_query_leaves() -> None:
    known = written()
    for panel in PANELS:
        for target in panel["targets"]:
            [selector] = [one for one in parts(promql.parse(target["expr"])) if isinstance(one, promql.VectorSelector)]
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= known[str(selector.name)]
    for alert in ALERTS:
        assert set(re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"])) <= {"target"}


def test_silence_what_is_new_and_wraparound_have_an_alert() -> None:
    found = {alert["alert"]: alert["expr"] for alert in ALERTS}
    assert "26 * 3600" in found["PgauditStale"]
    assert 'state=~"new|reopened|worse"' in found["PgauditGotWorse"]
    assert "pgaudit_xid_age_ratio" in found["PgauditTransactionIdsRunOut"]
    assert all(alert["labels"]["severity"] in {"info", "warning", "critical"} for alert in ALERTS)


def test_panels_have_ids_of_their_own_and_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24  # Grafana's columns
        taken |= cells
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert {panel["datasource"]["uid"] for panel in PANELS} == {"${datasource}"}
