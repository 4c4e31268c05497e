"""The authority review, written by rules."""

from __future__ import annotations

from pgaudit.review.backends.offline.action_plan import action_plan
from pgaudit.review.backends.offline.assessment import assessment, sign_off, status_table
from pgaudit.review.backends.offline.audit import audit
from pgaudit.review.backends.offline.desk import Desk, say
from pgaudit.review.backends.offline.entries import change_entries
from pgaudit.review.backends.offline.outlook import alternatives, priorities, proposal_flaws
from pgaudit.review.backends.offline.topics import (
    business,
    indexes,
    migration,
    operations,
    performance,
    schema,
    tenancy,
)
from pgaudit.review.documents.authority import AuthorityReview, SchemaChanges
from pgaudit.review.documents.parts import Claim, Part, Script, Section, Table
from pgaudit.review.documents.wording import AUTHORITY_PARTS, AUTHORITY_SECTIONS, SCHEMA_APPROVED
from pgaudit.review.evidence.records import Record, RecordKind


def authority(desk: Desk) -> AuthorityReview:
    """All seventeen sections."""
    return AuthorityReview(
        assessment=assessment(desk),
        statuses=status_table(desk),
        audit=audit(desk),
        flaws=proposal_flaws(desk),
        schema=_schema(desk),
        payments=_section(
            5, [business.invoices(desk), business.payment_security(desk), business.financial_integrity(desk)]
        ),
        tenancy=_section(6, [_isolation(desk), tenancy.authorization(desk), tenancy.injection(desk)]),
        api=_section(7, [business.rest(desk), business.errors(desk), business.states(desk)]),
        performance=_section(
            8,
            [
                performance.workload(desk) + performance.paging(desk),
                performance.bottlenecks(desk),
                performance.caching(desk),
            ],
            [performance.top_queries(desk), performance.growth(desk), None],
        ),
        migration=_migration(desk),
        integration=_section(10, [business.webhooks(desk), business.mail(desk), business.outages(desk)]),
        operations=_section(
            11,
            [
                operations.monitoring(desk),
                operations.backups(desk) + operations.backup_requirements(desk),
                business.audit_trail(desk),
            ],
            [operations.alerts(desk), None, None],
        ),
        alternatives=alternatives(desk),
        priorities=priorities(desk),
        schema_changes=_schema_changes(desk),
        api_changes=Section(AUTHORITY_SECTIONS[14], (Part("Endpoints", tuple(business.rest(desk))),)),
        action_plan=action_plan(desk),
        sign_off=sign_off(desk),
        changes=change_entries(desk),
    )


def _section(number: int, claims: list[list[Claim]], tables: list[Table | None] | None = None) -> Section:
    headings = AUTHORITY_PARTS[number]
    beside = tables or [None] * len(headings)
    parts = [
        Part(heading, tuple(said), table=table) for heading, said, table in zip(headings, claims, beside, strict=True)
    ]
    return Section(AUTHORITY_SECTIONS[number - 1], tuple(parts))


def _schema(desk: Desk) -> Section:
    headings = AUTHORITY_PARTS[4]
    links = tenancy.links(desk)
    return Section(
        AUTHORITY_SECTIONS[3],
        (
            Part(headings[0], tuple(schema.normalization(desk)), verdict=schema.normalization_verdict(desk)),
            Part(headings[1], tuple(links), verdict=_cross_verdict(desk)),
            Part(headings[2], tuple(indexes.index_strategy(desk)), script=_index_script(desk)),
            Part(headings[3], tuple(schema.types(desk))),
        ),
    )


def _isolation(desk: Desk) -> list[Claim]:
    """How far the wall reaches; where no column tells tenants apart, the input that would tell of them."""
    column = desk.fact("tenant_column")
    unknown = column is not None and not column.facts.get("tables_with_it")
    return [*tenancy.isolation(desk), *(tenancy.unknown_tenants(desk) if unknown else [])]


def _index_script(desk: Desk) -> Script | None:
    """The statements of the changes that build and drop indexes, each under the number it has in section 14."""
    parts: list[str] = []
    records: list[Record] = []
    for head, changes in (
        ("-- Required indexes", indexes.builds(desk)),
        ("-- Unnecessary indexes, to go when what replaces them is there", indexes.drops(desk)),
    ):
        if changes:
            parts += ["", head]
        for one in changes:
            parts += [f"-- Change {one.number}", *(f"{sql.rstrip(';')};" for sql in one.change.sql)]
            records += one.records
    return Script("sql", "\n".join(parts).strip(), tuple(record.id for record in records)) if parts else None


def _cross_verdict(desk: Desk) -> str | None:
    """Only where a second database was seen."""
    if not desk.related:
        return None
    return "ALTERNATIVE RECOMMENDED" if desk.related[0].facts.get("links") else "APPROVED"


def _migration(desk: Desk) -> Section:
    headings = AUTHORITY_PARTS[9]
    claims = [
        [*migration.altering(desk), *migration.conflicts(desk)],
        migration.creating(desk),
        migration.cleaning(desk),
        [*migration.zero_downtime(desk), *migration.reversibility(desk)],
    ]
    scripts = (migration.safe_script(desk), None, None, None)
    parts = [
        Part(heading, tuple(said), script=script)
        for heading, said, script in zip(headings, claims, scripts, strict=True)
    ]
    return Section(AUTHORITY_SECTIONS[8], tuple(parts))


def _schema_changes(desk: Desk) -> SchemaChanges:
    if desk.decisions.changes:
        return SchemaChanges((*migration.proofs(desk),))
    covered = [one for one in desk.pack.of(RecordKind.INVENTORY) if one.topic.startswith("coverage/")]
    if desk.decisions.issues or not covered:
        return SchemaChanges(
            tuple(say("No SQL mends what is left", *issue.records) for issue in desk.decisions.issues[:1])
        )
    return SchemaChanges((), SCHEMA_APPROVED, tuple(record.id for record in covered))
