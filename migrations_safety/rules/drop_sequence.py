"""A sequence goes, and with it the knowledge of how far it had come.

What: DROP SEQUENCE of a sequence that stood before the script and of which none of the same name is made later in the
file.

Why it matters: Code that calls nextval by the sequence's name fails. If the sequence is made again it starts at 1 and
gives out numbers that rows, invoices and logs have already.

When it is harmless: No code calls it; the column it served got an identity instead.

What to do: Take its last value into the new one: setval(new, (select last_value from old)), before the old one goes.

Known limits: What the application calls is not seen. A sequence that a default needs is not dropped without CASCADE,
which another rule judges.

Sources: https://www.postgresql.org/docs/current/sql-dropsequence.html
    https://www.postgresql.org/docs/current/functions-sequence.html

Given::

    create sequence numbers;

Unsafe::

    drop sequence numbers;

Safe::

    create sequence fresh;
    drop sequence fresh;

Safe (with a catalog)::

    drop sequence if exists never_there;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._gone import Names, targets
from migrations_safety.rules._judging import branch
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.parts import name_parts, schema_and_name
from probes.sql.tree.tables import Drop


@script_rule(
    "Drops a sequence in use",
    area=Area.DATA,
    severity=Severity.LOW,
    triggers=("Drop:SEQUENCE",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag sequences that go for good."""
    known = Names.of(script)
    for step in script.steps_of("Drop"):
        tree = step.tree
        if not isinstance(tree, Drop) or tree.object_type is not ObjectType.SEQUENCE:
            continue
        wanted = {schema_and_name(name_parts(one))[1] for one in tree.objects}
        for relation in targets(step):
            schema, name = relation.schema, relation.name
            is_ours = known.made_before(step, schema, name) or known.comes_back(step, schema, name)
            if name in wanted and not is_ours:
                message = f"sequence {relation.qualified_name} dropped: how far it had come is lost{branch(step)}"
                yield step, Flag(message=message)
