"""Which version of an extension is installed depends on the server.

What: CREATE EXTENSION without VERSION, or ALTER EXTENSION ... UPDATE without a version.

Why it matters: Each server installs what its packages bring: the test database has functions that production lacks.
An update runs a script of the extension, which may lock or rewrite whatever it likes.

When it is harmless: All environments come from one image.

What to do: Name the version that was tested, and read the update's script before a large step.

Known limits: What the packages of a server bring is not known here; on managed servers a pinned version may disappear
with an upgrade.

Sources: https://www.postgresql.org/docs/current/sql-createextension.html
https://www.postgresql.org/docs/current/sql-alterextension.html

Unsafe::

    create extension hstore;

Unsafe::

    alter extension hstore update;

Safe (without a catalog)::

    create extension hstore version '1.8';

Safe::

    alter extension hstore update to '1.8';
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.objects import AlterExtension, CreateExtension


@rule(
    "Extension without a version",
    area=Area.SECURITY,
    severity=Severity.INFO,
    triggers=("CreateExtension", "AlterExtension"),
    profile=Profile.PEDANTIC,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag versions left open."""
    match step.tree:
        case CreateExtension() as tree if not any(one.name == "new_version" for one in tree.options):
            yield Flag(message=f"{tree.name} is installed in whatever version the server brings")
        case AlterExtension() as tree if not any(one.name == "new_version" for one in tree.options):
            yield Flag(message=f"{tree.name} is brought to whatever version the server brings, by its own script")
        case _:
            return
