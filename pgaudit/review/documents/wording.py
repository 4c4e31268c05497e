"""The headings and verdict words of each format, exactly as those who ask for such reviews write them."""

from __future__ import annotations

from collections.abc import Mapping

# ---- authority review

AUTHORITY_SECTIONS = (
    "1. Executive Architectural Assessment",
    "2. Existing System Audit (Technical Debt Assessment)",
    "3. Critical Architectural Flaws in Marketplace Proposal (Showstoppers)",
    "4. Schema Design Evaluation",
    "5. Payment Architecture Evaluation",
    "6. Multi-Tenancy and Security Audit",
    "7. API Architecture Evaluation",
    "8. Performance and Scalability Analysis",
    "9. Migration Strategy Evaluation",
    "10. Integration and Webhook Architecture",
    "11. Operational Excellence Requirements",
    "12. Alternative Architectural Approaches",
    "13. Implementation Priorities",
    "14. Specific Schema Changes Required",
    "15. Specific API Changes Required",
    "16. Immediate Action Plan (REQUIRED)",
    "17. Final Verdict and Sign-Off",
)
AUTHORITY_PARTS: Mapping[int, tuple[str, ...]] = {
    2: (
        "2.1 Security Vulnerabilities Found",
        "2.2 Data Integrity Issues Found",
        "2.3 Performance Issues Found",
        "2.4 Design Problems Found",
        "2.5 Prioritized Remediation Plan",
    ),
    4: ("Normalization Analysis", "Cross-Database Strategy", "Index Strategy", "Data Type Choices"),
    5: ("Invoice Strategy", "Payment Security", "Financial Data Integrity"),
    6: ("Tenant Isolation", "Cross-Database Authorization", "SQL Injection and Query Safety"),
    7: ("RESTful Design", "Error Handling", "State Machine Correctness"),
    8: ("Query Performance", "Scalability Bottlenecks", "Caching Strategy"),
    9: (
        "Phase 1: Tenant DB Updates",
        "Phase 2: Marketplace DB Creation",
        "Phase 3: Data Cleanup",
        "Zero-Downtime Strategy",
    ),
    10: ("Stripe Webhook Handling", "Email Integration (Resend)", "External Service Failures"),
    11: ("Monitoring and Observability", "Backup and Recovery", "Audit Trail"),
    16: (
        "Step 1: Stop and Fix Critical Issues (DO THIS BEFORE ANY NEW FEATURES)",
        "Step 2: Deploy Hardened System",
        "Step 3: Resume Marketplace Development (Safe to Continue)",
        "Timeline Summary",
    ),
}
STRATEGIES = (
    "Separate marketplace database is REQUIRED",
    "Separate marketplace database is RECOMMENDED",
    "Single database with proper isolation is SUFFICIENT",
    "Single database is SUPERIOR",
)
CLASSIFICATIONS = (
    "Production-ready with minor refinements",
    "Requires significant changes before production",
    "Fundamental architectural redesign required",
)
RISK_LEVELS = ("NONE", "LOW", "MEDIUM", "HIGH", "CRITICAL")
REMEDIATION_CAPTIONS = (
    "CRITICAL (Must fix before marketplace)",
    "HIGH (Fix during marketplace build)",
    "MEDIUM (Fix post-launch)",
    "LOW (Future)",
)
FLAW_IMPACTS = ("Data loss", "Security breach", "Performance failure", "Data corruption")
NORMALIZATION_VERDICTS = ("APPROVED", "NEEDS REVISION")
CROSS_DATABASE_VERDICTS = ("APPROVED", "ALTERNATIVE RECOMMENDED")
INVOICE_VERDICTS = (
    "APPROVED: Dual invoices required for stated requirements",
    "SIMPLIFIED: Single invoice approach is sufficient",
)
COMPLEXITIES = ("LOW", "MEDIUM", "HIGH")
RECOMMENDATIONS = ("ADOPT", "CONSIDER", "REJECT")
READINESS_VERDICTS = ("APPROVED", "APPROVED WITH CHANGES", "REJECTED")
SAFETY = ("SAFE", "UNSAFE")
SIGN_OFFS = ("APPROVED FOR CONTINUED DEVELOPMENT", "NOT APPROVED - STOP WORK")
TIMELINE_COLUMNS = ("Phase", "Task", "Duration", "Can Prototype During?")
TIMELINE_ROWS = (
    ("STOP", "Fix critical issues"),
    ("DEPLOY", "Deploy hardened system"),
    ("RESUME", "Continue marketplace build"),
)

NO_VULNERABILITIES = "No security vulnerabilities identified in existing system."
NO_FLAWS = "No critical architectural flaws identified in marketplace proposal."
PAYMENT_SOUND = "Payment security architecture is sound."
SCHEMA_APPROVED = "Schema approved as designed."
API_APPROVED = "API design approved as specified."

# ---- panel

PANEL_ROLES = (
    "1. Database Architect (Primary Role)",
    "2. API Architect",
    "3. Payment Systems Expert",
    "4. Multi-Tenancy & Security Expert",
    "5. Scalability & Performance Engineer",
    "6. Data Migration Specialist",
    "7. Integration Architect",
)
PANEL_FOCUS = (
    "Schema design, normalization, relationships, data integrity",
    "API design, endpoint structure, data flow, error handling",
    "Stripe integration, payment flows, financial data integrity",
    "Data isolation, access control, cross-tenant security",
    "Query performance, indexing, caching, growth strategy",
    "Migrating from current to proposed schema safely",
    "Third-party integrations, webhook handling, external dependencies",
)
PANEL_DELIVERABLES = (
    "1. Executive Summary",
    "2. Critical Issues (Showstoppers)",
    "3. High-Priority Recommendations",
    "4. Medium-Priority Recommendations",
    "5. Alternative Approaches",
    "6. Schema Change Recommendations",
    "7. API Endpoint Recommendations",
    "8. Final Verdict",
)
PANEL_RECOMMENDATIONS = (
    "Ready for production with minor tweaks",
    "Needs significant changes before production",
    "Requires architectural redesign",
)
PANEL_PROVISIONS: tuple[tuple[str, ...], ...] = (
    (
        "Schema design critique with specific recommendations",
        "Alternative approaches if dual-DB isn't optimal",
        "Data integrity safeguards we're missing",
        "Performance optimization suggestions",
    ),
    (
        "API endpoint design recommendations",
        "Better patterns for cross-DB data resolution",
        "Simplified invoice/transaction flow if current is too complex",
        "Additional error scenarios we need to handle",
        "Rate limiting and caching strategies",
    ),
    (
        "Simplified payment architecture if current is overengineered",
        "Security concerns with manual payment marking by buyers",
        "Stripe webhook idempotency and retry strategies",
        "Financial reconciliation recommendations",
        "Payout tracking and reporting improvements",
    ),
    (
        "Security vulnerabilities in proposed schema",
        "Authorization layer recommendations",
        "Data privacy compliance (GDPR, CCPA) considerations",
        "Tenant isolation verification strategies",
        "API authentication patterns for dual-DB architecture",
    ),
    (
        "Missing indexes for critical queries",
        "Query optimization recommendations",
        "Caching layer architecture",
        "Database sharding/partitioning strategy for growth",
        "Read replica strategies",
        "Monitoring and alerting recommendations",
    ),
    (
        "Step-by-step migration runbook",
        "Data validation queries to run post-migration",
        "Rollback procedures",
        "Feature flag strategy for gradual rollout",
        "Testing checklist for each migration phase",
    ),
    (
        "Webhook infrastructure recommendations",
        "Idempotency key strategy",
        "Circuit breaker patterns for external services",
        "Monitoring external dependencies",
        "Graceful degradation when Stripe/Resend unavailable",
    ),
)

# ---- position card, plan, checklist

CARD_KEYS = ("role", "claims", "plan", "evidence", "risks", "confidence", "cost", "reversibility")
CARD_ROLE = "Database Expert"
CARD_GRADES = ("Low", "Medium", "High")
PLAN_KEYS = ("schema_design", "index_strategy", "migration_plan", "transaction_strategy", "operational_plan")
CHECKLIST = (
    "Schema includes primary keys and foreign keys",
    "Unique constraints for business invariants",
    "Indexes cover top 5 queries",
    "Migration plan includes rollback",
    "Connection pool settings documented",
    "Backup and recovery procedure defined",
    "Tenant isolation enforced at DB level",
)
PITFALL_COLUMNS = ("Pitfall", "Impact", "Fix")
PITFALLS = (
    ("Missing composite indexes", "Slow queries", "Add index on (tenant_id, created_at)"),
    ("No transaction for multi-write", "Data inconsistency", "Wrap in transaction"),
    ("Unbounded growth of audit logs", "Storage explosion", "Add retention + partitioning"),
    ("No migration rollback", "Failed deploy recovery", "Add down migrations"),
    (
        "Using SERIAL without sequences in Postgres",
        "Portability issues",
        "Use `GENERATED BY DEFAULT AS IDENTITY`",
    ),
)
SUCCESS_CRITERIA = (
    "Queries meet latency targets (p95 < 200ms)",
    "Migrations are reversible and documented",
    "Data integrity constraints enforced",
    "Tenant isolation guaranteed",
    "Backup/restore tested quarterly",
)
CHECKLIST_HEADINGS = ("Evidence Checklist", "Common Pitfalls & Fixes", "Success Criteria")

# ---- expert and diagnosis

EXPERT_SECTIONS = (
    "Database Analysis",
    "Schema Design",
    "Performance Optimization",
    "Security Implementation",
    "Migration Strategy",
)
DIAGNOSIS_SECTIONS = ("Analysis", "Issues", "Recommendations", "Implementation Steps", "Testing")
RED_FLAGS_HEADING = "Red Flags"
RED_FLAGS = (
    "N+1 query problems",
    "Missing indexes on frequently queried columns",
    "Using FLOAT/REAL for money",
    "Missing timestamps on tables",
    "No foreign key constraints",
    "Storing sensitive data unencrypted",
    "Missing transaction boundaries",
    "Over-fetching (SELECT * when not needed)",
    "Missing pagination on large datasets",
    "Inefficient aggregations without materialized views",
)
