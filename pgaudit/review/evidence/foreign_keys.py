"""Foreign keys that were not guarded for a while, spelled out, so that a review can say how to look for orphans."""

from __future__ import annotations

from collections.abc import Iterator

from pgaudit.reports.contract import Report, ReportFinding
from pgaudit.review.evidence.inventory.facts import fact
from pgaudit.review.evidence.records import Record
from probes.catalog.catalog import Catalog, NotCollectedError
from probes.catalog.names import quoted
from probes.catalog.navigation import ForeignKey
from probes.finding import ObjectRef

_UNGUARDED = frozenset({"constraints/disabled_trigger", "constraints/not_enforced", "constraints/not_validated"})
_MOST = 40


def unguarded_keys(report: Report, catalog: Catalog) -> Iterator[Record]:
    """A record for each foreign key whose rows may be orphans, by findings of the scan."""
    try:
        keys = [key for finding in report.findings for key in _keys(finding, catalog)][:_MOST]
    except NotCollectedError:
        return
    for key in keys:
        referenced = key.referenced
        if referenced is None:
            continue
        table = key.referencing
        theirs = referenced.column_names(key.row.referenced_columns)
        yield fact(
            "inventory/unguarded_key",
            f"Foreign key {key.name}",
            f"{key.name}: {table.qualified_name} ({', '.join(key.column_names)}) refers to "
            f"{referenced.qualified_name} ({', '.join(theirs)})",
            subject=ObjectRef("constraint", key.name, table.schema, table.name, key.column_names),
            sql=_orphans(key),
        )


def _keys(finding: ReportFinding, catalog: Catalog) -> list[ForeignKey]:
    subject = finding.object
    if finding.check not in _UNGUARDED or finding.suppressed:
        return []
    table = catalog.relation_named(subject.schema or "", subject.table or subject.name)
    if table is None:
        return []
    named = subject.kind == "constraint"
    whole = subject.kind in {"table", "partitioned table"}
    return [key for key in table.foreign_keys if whole or (named and key.name == subject.name)]


def _orphans(key: ForeignKey) -> str:
    """An anti join over the key, counting rows whose partner is gone."""
    referenced = key.referenced
    pairs = [(quoted(ours.name), quoted(theirs.name)) for ours, theirs in key.pairs]
    match = " and ".join(f"p.{theirs} = c.{ours}" for ours, theirs in pairs)
    whole = " and ".join(f"c.{ours} is not null" for ours, _ in pairs)
    target = referenced.sql if referenced else ""
    return (
        f"select count(*) from {key.referencing.sql} as c where {whole} "
        f"and not exists (select from {target} as p where {match})"
    )
