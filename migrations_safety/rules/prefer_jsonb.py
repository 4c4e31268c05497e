"""A new column is json where jsonb would do.

What: A column is declared as json: the text of the document, checked but not taken apart.

Why it matters: Every operator parses the text from its beginning again. There is no equality for it, so DISTINCT,
GROUP BY and UNION over a row that has the column raise an error the first time somebody tries, and GIN cannot index
it.

When it is harmless: The document must come back byte for byte: signed payloads, requests kept as evidence, keys whose
order means something.

What to do: Declare jsonb. Now it costs nothing; later it is a rewrite of the table.

Known limits: Documents kept in text columns look like any other text. With a database it is silent: schema/type_json
says the same of the tables as they will be.

Sources: https://www.postgresql.org/docs/current/datatype-json.html

Unsafe (without a catalog)::

    create table events (id bigint primary key, payload json);

Unsafe (without a catalog)::

    alter table events add column context json;

Safe (without a catalog)::

    create table events (id bigint primary key, payload jsonb);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._standing import chosen, said_by
from migrations_safety.rules._subjects import COLUMN_TRIGGERS
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.checks.schema.column_types import CHECKS
from probes.finding import Severity

_CHECK = chosen(CHECKS, "schema/type_json")


@script_rule(
    "json where jsonb would do",
    area=Area.DESIGN,
    severity=Severity.LOW,
    triggers=COLUMN_TRIGGERS,
    profile=Profile.STRICT,
    checks=("schema/type_json",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what the check says of what the script makes."""
    yield from said_by(script, _CHECK)
