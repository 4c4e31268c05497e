"""Personal data that nothing says when to forget.

What: A table keeps data about people, by the names and types of its columns, and has no column that says until when a
row is kept or when it was made anonymous.

Why it matters: Data protection law asks for a period after which data about a person is erased, and for a way to erase
it earlier. Where no column carries that, no job can do it, and the first request by a customer becomes a project.

When it is harmless: Rows live exactly as long as the person's account, and deleting that deletes them by a cascading
foreign key; or the period is kept in another system. This is an inventory to go through once, not an alarm.

How to fix it safely: Write down the period and its reason, add a column such as retain_until or anonymized_at, fill it
in batches, and let a job erase or overwrite what is due. Look which exports, logs and backups hold copies.

How it is decided: Columns whose names say e-mail, phone, birth, passport, tax number, bank account, address and the
like, of a type that can hold it; two of them, or one together with a person's name, make a table of personal data, but
streets, places and network addresses alone do not: shops and machines have those as well. Values are never read. A
column of a date or time type named deleted, erased, anonymized, expires, retain or purge settles it, and
so does a cascading foreign key to a table that has one.

Known limits: It goes by English names; personal data within documents and free text is not seen.

Sources: https://eur-lex.europa.eu/eli/reg/2016/679/oj (articles 5 and 17)
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgAttribute, PgConstraint, PgType
from probes.check import Needs, Thresholds, check
from probes.checks._support.columns import Types
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Advice, Confidence, Observed, Severity

_PERSONAL = re.compile(
    r"(^|_)(e?mail|email_address|phone|phone_number|mobile|telephone|birth_?(day|date)|date_of_birth|dob|born_on|ssn|"
    r"passport|passport_number|tax_id|tax_number|iban|national_id|home_address|gender|religion|salary)$",
    re.IGNORECASE,
)
_ANYBODYS = re.compile(r"(^|_)(license_number|street|postal_address|ip_address|latitude)$", re.IGNORECASE)
"""What cities, shops and machines have as well: it counts beside what only people have."""
_NAME = re.compile(r"^(first|last|full|given|family|sur|maiden)_?name$", re.IGNORECASE)
_ENDS = re.compile(r"delet|eras|anonymi[sz]|expir|retain|retention|purge|forget|valid_until", re.IGNORECASE)
_MOMENTS = frozenset({Types.TIMESTAMP, Types.TIMESTAMPTZ, Types.DATE})
_ENOUGH = 2


@check(
    title="Personal data that nothing says when to forget",
    severity=Severity.INFO,
    confidence=Confidence.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgType)),
    sources=("https://eur-lex.europa.eu/eli/reg/2016/679/oj",),
)
def personal_data_without_retention(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each table of personal data without a time of its end."""
    for table in catalog.tables:
        names = () if table.row.is_partition else tuple(_personal_columns(table))
        if names and not _has_end(table) and not _goes_with_another(table):
            yield Observed(
                object=relation_ref(table),
                message=(
                    f"{table.qualified_name} keeps data about people ({', '.join(names[:4])}) and no column says until "
                    "when"
                ),
                evidence={"columns": names, "row_security": table.row.row_security},
                remedy=Advice(
                    "Write down how long these rows may be kept and why, add a column that carries it, and a job that "
                    "erases what is due. How long that is the law and your contracts say, not the catalog."
                ),
            )


def _personal_columns(table: Relation) -> list[str]:
    """Names of columns with data about people; none where there is too little to make a person out."""
    rows = [row for row in table.column_rows if row.type != Types.BOOLEAN]
    found = [row.name for row in rows if _is_personal(row.name)]
    anybodys = [row.name for row in rows if _is_anybodys(row.name)]
    if not found and not anybodys:
        return []
    names = [row.name for row in rows if _NAME.match(row.name)]
    together = [*names, *found, *anybodys]
    return together if len(together) >= _ENOUGH and (names or found) else []


@functools.cache
def _is_personal(name: str) -> bool:
    return bool(_PERSONAL.search(name))


@functools.cache
def _is_anybodys(name: str) -> bool:
    return bool(_ANYBODYS.search(name))


def _has_end(table: Relation) -> bool:
    return any(_ENDS.search(row.name) and row.type in _MOMENTS for row in table.column_rows)


def _goes_with_another(table: Relation) -> bool:
    owners = [key.referenced for key in table.foreign_keys if key.row.on_delete == "c"]
    return any(_has_end(owner) for owner in owners if owner)
