"""The session of the migration does not say who it is.

What: A file that locks relations in use does not set application_name.

Why it matters: When a migration blocks others, pg_stat_activity and the log are where people look first; a name there
saves them a minute of an outage.

When it is harmless: The runner sets it in its connection string.

What to do: SET application_name = 'migrations' at the beginning, or put it into the connection string.

Known limits: What the connection string holds is not seen.

Sources: https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-APPLICATION-NAME

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    alter table orders add column remark text;

Safe::

    set application_name = 'migrations';
    alter table orders add column remark text;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._timeouts import waited_for
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity


@script_rule(
    "Migration without an application_name",
    area=Area.TRANSACTIONS,
    severity=Severity.INFO,
    triggers=("+lock",),
    profile=Profile.PEDANTIC,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag the first lock of each file that is taken without a name."""
    seen: set[str] = set()
    for step in script.steps:
        if step.statement.file in seen or step.settings.get("application_name") or not waited_for(step):
            continue
        seen.add(step.statement.file)
        yield step, Flag(message="others that wait for this session cannot tell what it is: no application_name is set")
