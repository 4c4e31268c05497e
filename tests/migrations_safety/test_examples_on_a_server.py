"""The examples on the pages of rules, executed: the server refuses those that are said to be refused, and no others."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from migrations_safety.rule import Rule
from migrations_safety.rule_index import all_rules
from tests.migrations_safety.examples import NEWEST, Example, examples, verdicts
from tests.migrations_safety.executing import messages, prepare
from tests.servers import Database, fresh_database, private_cluster

SETTINGS = {"wal_level": "logical", "fsync": "off"}
ELSEWHERE = {
    "concurrent-build-waits-on-old-tx": "its example waits for a prepared transaction",
    "drop-database": "names a database that is not there",
    "extension-version": "names extensions that the examples' catalog has not",
    "needs-superuser": "names files and databases that are not there",
    "password-in-migration": "names a foreign server that is not there",
    "search-path-left-changed": "names a role that is not there",
    "set-access-method": "makes an access method, which belongs to no schema",
}
"""Rules whose examples need what a fresh server has not."""
RULES = [rule for rule in all_rules() if rule.id not in ELSEWHERE]


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with private_cluster(NEWEST, settings=SETTINGS) as cluster, fresh_database(cluster) as made:
        yield made


def error_of(database: Database, example: Example) -> str | None:
    """Give the error that the example ends with on the server; None where it runs to its end."""
    prepare(database, example)
    with database.connect() as connection:
        try:
            for text in messages(example):
                connection.execute(text.encode())
        except psycopg.Error as error:
            return f"{error.sqlstate}: {error}"
    return None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_server_refuses_the_examples_that_are_said_to_be_refused(rule: Rule, database: Database) -> None:
    wrong: list[str] = []
    for example in examples(rule):
        if not example.catalogs[0] or example.major != NEWEST:
            continue
        refused = [one.flag.message for one in verdicts(example, with_catalog=True) if one.flag.refused]
        error = error_of(database, example)
        if bool(refused) != (error is not None):
            wrong.append(f"{example.sql}\n  said: {refused or 'it runs'}\n  server: {error or 'it runs'}")
    assert not wrong, "\n".join(wrong)
