"""Column with a telling name on an unprotected, exposed table.

What: Exposed roles can read a column whose name says password, token, card number or the like, on a table without row
level security.

Why it matters: Of all that such a table gives away these values do the most harm, and they cannot be called back.

When it is harmless: The name misleads, as in `token_count`, or the column holds only public keys.

How to fix it safely: Grant SELECT on the other columns instead of on the table. Queries with `select *` fail from then
on. Row level security on the table closes the wider hole.

How it is decided: Names are cut at underscores and capitals and compared with a list of words; grants on the table and
on the column count. Which roles count is as for tables without row level security.

Known limits: A guess from names, in English. What the column holds is never read.

Sources: https://www.postgresql.org/docs/current/sql-grant.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgInherits
from probes.check import Needs, check
from probes.checks._support.exposure import (
    EXPOSURE,
    Exposure,
    ExposureAt,
    as_text,
    exposed_grantees,
    exposure_of,
    grantee_sql,
    revocations,
    rls_is_in_use,
)
from probes.checks._support.refs import relation_ref
from probes.finding import Confidence, Fix, Observed, Severity

_READ = frozenset({"SELECT"})
_WORDS = (
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "private_key",
    "access_key",
    "secret_key",
    "credential",
    "otp",
    "totp",
    "mfa",
    "cvv",
    "cvc",
    "card_number",
    "credit_card",
    "iban",
    "ssn",
    "social_security",
    "passport_number",
    "tax_id",
    "national_id",
    "salt",
    "pin_code",
)
_HARMLESS_ENDS = ("_count", "_id", "_at", "_type", "_expires", "_hint")


class At(ExposureAt, frozen=True):
    """What the user may say."""

    words: tuple[str, ...] = _WORDS
    """Words, joined by underscores, that make a column's name sensitive."""


@check(
    title="Sensitive column within reach of exposed roles",
    severity=Severity.HIGH,
    confidence=Confidence.LOW,
    needs=Needs(areas=(*EXPOSURE, PgInherits)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/sql-grant.html",),
)
def sensitive_column_exposed(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each unprotected table with sensitive columns that exposed roles read."""
    exposure = exposure_of(catalog, at)
    in_use = rls_is_in_use(catalog)
    for table in catalog.tables:
        if table.row.row_security or table.row.is_partition:
            continue
        principals = exposure.on(table, _READ)
        if not principals or not (in_use or exposure.is_named(principals)):
            continue
        reached = exposure.on_columns(table)
        names = [c.name for c in table.columns if c.row.number in reached and _is_sensitive(c.name, at.words)]
        if names:
            yield Observed(
                object=relation_ref(table),
                message=f"{as_text(principals)} can read {', '.join(names)} of {table.qualified_name}",
                evidence={"columns": tuple(names), "roles": tuple(sorted(principals))},
                remedy=_fix(exposure, table, names),
            )


def _is_sensitive(name: str, words: tuple[str, ...]) -> bool:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return not snake.endswith(_HARMLESS_ENDS) and any(f"_{word}_" in f"_{snake}_" for word in words)


def _fix(exposure: Exposure, table: Relation, names: list[str]) -> Fix:
    others = ", ".join(quoted(column.name) for column in table.columns if column.name not in names)
    statements = [one for one in revocations(exposure, table, _READ) if "(" not in one or _is_of(one, names)]
    statements += [
        f"grant select ({others}) on {table.sql} to {grantee_sql(table.catalog, grantee)}"
        for grantee in exposed_grantees(exposure, table, _READ)
        if others
    ]
    return Fix(
        sql=tuple(statements),
        changes=("pg_class", "pg_attribute"),
        note="Queries with select * fail from then on for these roles.",
    )


def _is_of(statement: str, names: list[str]) -> bool:
    return any(f"({quoted(name)})" in statement for name in names)
