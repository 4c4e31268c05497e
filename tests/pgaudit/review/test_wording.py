"""Headings and verdict words, compared with what those who ask for such reviews typed."""

from __future__ import annotations

import re

import pytest

from pgaudit.review.deciding.statuses import Status
from pgaudit.review.documents import wording
from pgaudit.review.documents.formats import Format
from pgaudit.review.evidence.records import Pack
from pgaudit.review.rendering.registry import render
from tests.pgaudit.review.packs import review

AUTHORITY = """
1. Executive Architectural Assessment
2. Existing System Audit (Technical Debt Assessment)
2.1 Security Vulnerabilities Found
2.2 Data Integrity Issues Found
2.3 Performance Issues Found
2.4 Design Problems Found
2.5 Prioritized Remediation Plan
3. Critical Architectural Flaws in Marketplace Proposal (Showstoppers)
4. Schema Design Evaluation
Normalization Analysis
Cross-Database Strategy
Index Strategy
Data Type Choices
5. Payment Architecture Evaluation
Invoice Strategy
Payment Security
Financial Data Integrity
6. Multi-Tenancy and Security Audit
Tenant Isolation
Cross-Database Authorization
SQL Injection and Query Safety
7. API Architecture Evaluation
RESTful Design
Error Handling
State Machine Correctness
8. Performance and Scalability Analysis
Query Performance
Scalability Bottlenecks
Caching Strategy
9. Migration Strategy Evaluation
Phase 1: Tenant DB Updates
Phase 2: Marketplace DB Creation
Phase 3: Data Cleanup
Zero-Downtime Strategy
10. Integration and Webhook Architecture
Stripe Webhook Handling
Email Integration (Resend)
External Service Failures
11. Operational Excellence Requirements
Monitoring and Observability
Backup and Recovery
Audit Trail
12. Alternative Architectural Approaches
13. Implementation Priorities
14. Specific Schema Changes Required
15. Specific API Changes Required
16. Immediate Action Plan (REQUIRED)
Step 1: Stop and Fix Critical Issues (DO THIS BEFORE ANY NEW FEATURES)
Step 2: Deploy Hardened System
Step 3: Resume Marketplace Development (Safe to Continue)
Timeline Summary
17. Final Verdict and Sign-Off
""".strip().splitlines()
PANEL = """
1. Database Architect (Primary Role)
2. API Architect
3. Payment Systems Expert
4. Multi-Tenancy & Security Expert
5. Scalability & Performance Engineer
6. Data Migration Specialist
7. Integration Architect
1. Executive Summary
2. Critical Issues (Showstoppers)
3. High-Priority Recommendations
4. Medium-Priority Recommendations
5. Alternative Approaches
6. Schema Change Recommendations
7. API Endpoint Recommendations
8. Final Verdict
""".strip().splitlines()
CHECKLIST = """
Schema includes primary keys and foreign keys
Unique constraints for business invariants
Indexes cover top 5 queries
Migration plan includes rollback
Connection pool settings documented
Backup and recovery procedure defined
Tenant isolation enforced at DB level
Queries meet latency targets (p95 < 200ms)
Migrations are reversible and documented
Data integrity constraints enforced
Tenant isolation guaranteed
Backup/restore tested quarterly
""".strip().splitlines()
EXPERT = "Database Analysis, Schema Design, Performance Optimization, Security Implementation, Migration Strategy"
DIAGNOSIS = "Analysis, Issues, Recommendations, Implementation Steps, Testing"


def headings(text: str) -> list[str]:
    """Headings of a Markdown text, without its escapes."""
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return [one.replace("&amp;", "&").replace("\\", "") for one in found]


def in_order(wanted: list[str], found: list[str]) -> list[str]:
    """What of `wanted` does not stand in `found` behind the one before it."""
    rest = iter(found)
    return [one for one in wanted if one not in rest]


def test_the_authority_review_has_every_heading_in_its_order(demo_pack: Pack) -> None:
    assert in_order(AUTHORITY, headings(render(review(demo_pack, Format.AUTHORITY), "markdown"))) == []


def test_the_panel_has_seven_roles_and_eight_deliverables_in_their_order(demo_pack: Pack) -> None:
    assert in_order(PANEL, headings(render(review(demo_pack, Format.PANEL), "markdown"))) == []


def test_the_checklist_has_seven_points_and_five_criteria_in_their_order(demo_pack: Pack) -> None:
    text = render(review(demo_pack, Format.CHECKLIST), "markdown").replace("&lt;", "<")
    found = re.findall(r"^- \[[ x]\] \*\*(.+?)\*\*", text, re.MULTILINE)
    assert found == CHECKLIST


@pytest.mark.parametrize(("wanted", "words"), [(Format.EXPERT, EXPERT), (Format.DIAGNOSIS, DIAGNOSIS)])
def test_answers_have_five_parts_in_their_order(demo_pack: Pack, wanted: Format, words: str) -> None:
    found = [re.sub(r"^\d+\. ", "", one) for one in headings(render(review(demo_pack, wanted), "markdown"))]
    assert in_order(words.split(", "), found) == []


def test_verdict_words_are_those_of_the_formats() -> None:
    assert wording.READINESS_VERDICTS == ("APPROVED", "APPROVED WITH CHANGES", "REJECTED")
    assert wording.SIGN_OFFS == ("APPROVED FOR CONTINUED DEVELOPMENT", "NOT APPROVED - STOP WORK")
    assert wording.RISK_LEVELS == ("NONE", "LOW", "MEDIUM", "HIGH", "CRITICAL")
    assert wording.FLAW_IMPACTS == ("Data loss", "Security breach", "Performance failure", "Data corruption")
    assert wording.RECOMMENDATIONS == ("ADOPT", "CONSIDER", "REJECT")
    assert wording.NORMALIZATION_VERDICTS == ("APPROVED", "NEEDS REVISION")
    assert wording.CROSS_DATABASE_VERDICTS == ("APPROVED", "ALTERNATIVE RECOMMENDED")
    assert [one.value for one in Status][:4] == ["Fixed", "Partially Fixed", "Not Fixed", "Worse"]
    assert wording.STRATEGIES == (
        "Separate marketplace database is REQUIRED",
        "Separate marketplace database is RECOMMENDED",
        "Single database with proper isolation is SUFFICIENT",
        "Single database is SUPERIOR",
    )
    assert wording.CLASSIFICATIONS == (
        "Production-ready with minor refinements",
        "Requires significant changes before production",
        "Fundamental architectural redesign required",
    )
    assert wording.PANEL_RECOMMENDATIONS == (
        "Ready for production with minor tweaks",
        "Needs significant changes before production",
        "Requires architectural redesign",
    )


def test_fixed_sentences_are_those_of_the_format() -> None:
    assert wording.NO_VULNERABILITIES == "No security vulnerabilities identified in existing system."
    assert wording.NO_FLAWS == "No critical architectural flaws identified in marketplace proposal."
    assert wording.PAYMENT_SOUND == "Payment security architecture is sound."
    assert wording.SCHEMA_APPROVED == "Schema approved as designed."
    assert wording.API_APPROVED == "API design approved as specified."


def test_timeline_has_its_three_rows_and_the_card_its_keys() -> None:
    assert wording.TIMELINE_COLUMNS == ("Phase", "Task", "Duration", "Can Prototype During?")
    assert [row[0] for row in wording.TIMELINE_ROWS] == ["STOP", "DEPLOY", "RESUME"]
    assert " ".join(wording.CARD_KEYS) == "role claims plan evidence risks confidence cost reversibility"
    assert " ".join(wording.PLAN_KEYS) == (
        "schema_design index_strategy migration_plan transaction_strategy operational_plan"
    )
