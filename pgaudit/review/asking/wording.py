"""The words of the three questions: what is asked, what was required, what the answer includes."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec


@enum.unique
class Question(enum.Enum):
    """What can be asked."""

    SCHEMA = "schema-design"
    QUERY = "query"
    MIGRATION = "migration"


class Template(msgspec.Struct, frozen=True):
    """The words of one question."""

    asks: str
    """With a place for what it is about."""
    requirements: tuple[str, ...]
    specifications: tuple[str, ...]
    include: tuple[str, ...]
    """Headings of the answer, in order."""


TEMPLATES: Mapping[Question, Template] = {
    Question.SCHEMA: Template(
        "Design a database schema for {}",
        (
            "Entity fields and relationships",
            "Business logic requirements",
            "Performance requirements",
            "Multi-tenant isolation",
        ),
        ("Model name", "Tenant isolation", "Relationships", "Indexes", "Constraints"),
        (
            "Complete Prisma schema definition",
            "Database indexes for performance",
            "Row-level security policies",
            "Migration scripts",
            "Sample seed data",
        ),
    ),
    Question.QUERY: Template(
        "Optimize database queries for {}",
        (
            "Current query performance issues",
            "Expected performance targets",
            "Data volume considerations",
            "Multi-tenant requirements",
        ),
        ("Query type", "Data volume", "Performance target", "Indexing strategy"),
        (
            "Query analysis and optimization",
            "Index recommendations",
            "Execution plan analysis",
            "Performance benchmarks",
            "Monitoring strategies",
        ),
    ),
    Question.MIGRATION: Template(
        "Create a database migration strategy for {}",
        ("Schema changes needed", "Data migration requirements", "Downtime considerations", "Rollback strategy"),
        ("Migration type", "Database size", "Downtime tolerance", "Rollback requirements"),
        (
            "Migration scripts",
            "Data validation queries",
            "Rollback procedures",
            "Testing strategies",
            "Deployment checklist",
        ),
    ),
}
