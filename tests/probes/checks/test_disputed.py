"""Where auditors contradict each other this one is right: every row of the tables of such cases, on every server."""

from __future__ import annotations

import pytest

from pgaudit.audit.run import run_checks
from tests.probes.checks.disputed import TABLES
from tests.probes.checks.states import CHECKS, look
from tests.servers import PrivateCluster, private_cluster
from tests.waiting import wait_for_counters

ROWS = [(table, name) for table, (_, cases) in TABLES.items() for name in cases]
_TOLD = dict[str, list[str]]


class Told:
    """What the checks of each table say about a server with every case on it, by schema; looked at once a major."""

    def __init__(self) -> None:
        self._known: dict[int, _TOLD] = {}

    def get(self, major: int) -> _TOLD:
        """By schema, `check name: object name`."""
        if major not in self._known:
            with private_cluster(major) as cluster:
                self._known[major] = told_by(cluster)
        return self._known[major]


def told_by(cluster: PrivateCluster) -> _TOLD:
    for table, name in ROWS:
        case = TABLES[table][1][name]
        if case.since <= cluster.major:
            with cluster.connect() as connection:
                schema = schema_of(table, name)
                connection.execute(f"create schema {schema}; set search_path = {schema}".encode())
                connection.execute(case.sql.replace("{schema}", schema).encode())
    wait_for_counters(cluster)
    catalog = look(cluster.dsn, aged_days=40)
    found: _TOLD = {}
    for table, (checks, _) in TABLES.items():
        outcome = run_checks(catalog, [CHECKS[check] for check in checks])
        assert outcome.checked == tuple(checks), outcome.skipped
        for finding in outcome.findings:
            if str(finding.object.schema).startswith(f"case_{table.replace(' ', '_')}_"):
                said = f"{finding.check.partition('/')[2]}: {finding.object.name}"
                found.setdefault(str(finding.object.schema), []).append(said)
    return found


def schema_of(table: str, name: str) -> str:
    return f"case_{table.replace(' ', '_')}_{list(TABLES[table][1]).index(name)}"


@pytest.fixture(scope="module")
def told() -> Told:
    return Told()


@pytest.mark.parametrize(("table", "name"), ROWS, ids=[f"{table}: {name}" for table, name in ROWS])
@pytest.mark.pg
def test_the_answer_is_right(told: Told, pg_major: int, table: str, name: str) -> None:
    case = TABLES[table][1][name]
    if case.since <= pg_major:
        assert sorted(told.get(pg_major).get(schema_of(table, name), [])) == sorted(case.expected)
