"""A password stands in the migration.

What: CREATE ROLE or ALTER ROLE with PASSWORD, CREATE USER MAPPING with a password, CREATE or ALTER SUBSCRIPTION with
a password in its connection string.

Why it matters: The file is in version control, in images and in the logs of the pipeline; the statement is in the
server's log and in pg_stat_statements. Whoever reads one of them has the password, in every environment that ran the
file, for as long as nobody changes it.

When it is harmless: The database is thrown away after the test that uses it.

What to do: Make the role without a password here; set it from the secret store with psql's password command, which
sends a SCRAM verifier only, or let the role log in by certificate.

Known limits: Placeholders that the tool fills in are taken for secrets kept elsewhere; that they still reach the
server's log is not said.

Sources: https://www.postgresql.org/docs/current/sql-createrole.html
https://www.postgresql.org/docs/current/sql-createusermapping.html

Unsafe::

    create role app login password 'sesame';

Unsafe::

    alter role app password 'sesame';

Unsafe::

    create user mapping for app server other options (user 'x', password 'sesame');

Safe::

    create role app login;

Safe::

    alter role app password null;
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.administration import AlterRole, CreateRole

_SCRAM = "SCRAM-SHA-256$"
_IN_OPTIONS = re.compile(rb"\bpassword\s*(?:=\s*'*|')\s*[^\s']", re.IGNORECASE)


@rule(
    "Password in the migration",
    area=Area.SECURITY,
    severity=Severity.HIGH,
    triggers=(
        "CreateRole",
        "AlterRole",
        "CreateUserMapping",
        "AlterUserMapping",
        "CreateSubscription",
        "AlterSubscription",
    ),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag secrets, without showing them."""
    statement = step.statement
    if statement.is_templated:
        return
    severity = None
    if isinstance(step.tree, CreateRole | AlterRole):
        secrets = [one.value for one in step.tree.options if one.name == "password" and isinstance(one.value, str)]
        if not secrets:
            return
        severity = Severity.MEDIUM if secrets[0].startswith(_SCRAM) else None
    elif not _IN_OPTIONS.search(statement.text, statement.start, statement.end):
        return
    yield Flag(message="a password stands in the migration, and from there in logs and histories", severity=severity)
