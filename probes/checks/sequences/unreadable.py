"""Sequence that we may not read.

What: Our role lacks the privilege to see how far a sequence has run.

Why it matters: Whether it is nearly used up cannot be said. A report without findings on sequences would then mean
nothing, so this is said aloud.

When it is harmless: You do not want sequences checked.

How to fix it safely: Grant SELECT on the sequence, or on all sequences of its schema, to the auditing role; it may then
read the last value and take none.

How it is decided: The sequence is in scope and the server shows its last value to holders of USAGE or SELECT only.

Known limits: A sequence locked by another transaction is reported in the same way for that one scan.

Sources: https://www.postgresql.org/docs/current/view-pg-sequences.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgSequence, SequenceUse
from probes.check import Needs, check
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Fix, Observed, Severity


@check(
    title="Sequence that the audit may not read",
    severity=Severity.INFO,
    needs=Needs(areas=(*SCOPE, PgSequence, SequenceUse)),
    sources=("https://www.postgresql.org/docs/current/view-pg-sequences.html",),
)
def unreadable(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each sequence whose last value is hidden from us."""
    uses = catalog.keyed(SequenceUse, "relation")
    for relation in catalog.relations_of("S"):
        use = uses.get(relation.oid)
        if use is None or use.readable:
            continue
        yield Observed(
            object=relation_ref(relation),
            message=f"sequence {relation.qualified_name} is not readable for {catalog.server.role}: it was not checked",
            evidence={"role": catalog.server.role},
            remedy=Fix(
                sql=(f"grant select on sequence {relation.sql} to {quoted(catalog.server.role)}",),
                changes=("pg_class",),
            ),
        )
