"""`pgaudit dev`: for those who work on pgaudit itself, in its source tree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_ID = re.compile(r"[a-z]+/[a-z][a-z0-9_]*\Z")

_MODULE = '''"""<One line: the fault, as a noun phrase.>

What: <The state that is reported.>

Why it matters: <What goes wrong because of it, and when.>

When it is harmless: <The cases in which a DBA would leave it.>

How to fix it safely: <What the fix does, what it locks, what to look at first.>

How it is decided: <Each condition, and why it is one.>

Known limits: <What it cannot see.>

Sources: <https://www.postgresql.org/docs/current/...>
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgClass, PgDepend, PgNamespace
from probes.check import Needs, Thresholds, check
from probes.finding import Advice, ObjectRef, Observed, Severity


@check(
    title="<Title>",
    severity=Severity.LOW,
    needs=Needs(areas=(PgNamespace, PgClass, PgDepend)),
    sources=("https://www.postgresql.org/docs/current/",),
)
def {name}(catalog: Catalog, at: Thresholds) -> Iterator[Observed]:
    """Yield each table that <has the fault>."""
    del at
    for table in catalog.tables:
        if table.name == "<condition>":
            yield Observed(
                object=ObjectRef(table.kind.noun, table.name, table.schema),
                message=f"table {{table.qualified_name}} <what is wrong, and the consequence>",
                evidence={{"table_bytes": table.heap_bytes}},
                remedy=Advice("<why no SQL can be written; or return a Fix>"),
            )
'''

_STORY = """-- bad: <the plainest case>
create table story.a (id bigint primary key);
-- expect: table story.a
-- repaired
drop table story.a;

-- near miss: <what only looks like it>
create table story.b (id bigint primary key);
"""


@app.callback()
def options() -> None:
    """For those who work on pgaudit itself."""


@app.command("new-check")
def new_check(
    check_id: Annotated[str, typer.Argument(metavar="AREA/NAME", help="Id of the new check, such as indexes/invalid.")],
) -> int:
    """Write the two files of a new check: the module and its story."""
    import probes
    from pgaudit.cli.terminal import remark, write_file
    from pgaudit.errors import BadConfiguration, ExitCode

    if not _ID.match(check_id):
        raise BadConfiguration("AREA/NAME", f"{check_id!r} is no id", "write it as indexes/on_unlogged_table")
    area, _, name = check_id.partition("/")
    folder = Path(probes.__file__).parent / "checks" / area
    module, story = folder / f"{name}.py", folder / f"{name}.sql"
    if module.exists() or story.exists():
        raise BadConfiguration("AREA/NAME", f"{check_id!r} is there already", f"edit {module}")
    folder.mkdir(exist_ok=True)
    if not (folder / "__init__.py").exists():
        write_file(folder / "__init__.py", "")
    write_file(module, _MODULE.format(name=name))
    write_file(story, _STORY)
    remark(f"wrote {module} and {story}")
    return ExitCode.CLEAN
