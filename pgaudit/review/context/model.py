"""The inputs of a review that come from people, and what each is needed for."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

SCHEMA = "pgaudit-context/1"
FILE_NAME = "pgaudit.context.yaml"


@enum.unique
class Source(enum.Enum):
    """Who says it."""

    STATED = "stated"
    INFERRED = "inferred"


@enum.unique
class InputName(enum.Enum):
    """The inputs, named as in the file."""

    PROJECT = "project"
    DATABASE_TYPE = "database_type"
    DATA_MODEL = "data_model"
    ACCESS_PATTERNS = "access_patterns"
    SCALE_TARGETS = "scale_targets"
    TENANCY_MODEL = "tenancy_model"
    COMPLIANCE = "compliance_requirements"
    MIGRATION = "migration_constraints"
    RPO = "rpo"
    RTO = "rto"
    RESTORE_TEST = "restore_test"
    POOLING = "connection_pooling"
    PAYMENTS = "payments"
    API = "api"
    INTEGRATIONS = "integrations"
    CACHING = "caching"
    AUTHORIZATION = "authorization"


class Wanted(msgspec.Struct, frozen=True):
    """An input: what it holds and which part of a review cannot be written without it."""

    asks: str
    used_for: str
    is_required: bool = False


WANTED: Mapping[InputName, Wanted] = {
    InputName.PROJECT: Wanted("the product's name and what the database is for", "the title and the wording"),
    InputName.DATABASE_TYPE: Wanted("postgresql", "the scope of the review", is_required=True),
    InputName.DATA_MODEL: Wanted("entities and how they relate", "the evaluation of the schema", is_required=True),
    InputName.ACCESS_PATTERNS: Wanted(
        "read and write frequency, hot queries", "index strategy and performance", is_required=True
    ),
    InputName.SCALE_TARGETS: Wanted(
        "queries a second, data volume, retention, users, latency",
        "scalability and the latency target",
        is_required=True,
    ),
    InputName.TENANCY_MODEL: Wanted("shared, schema-per-tenant or db-per-tenant", "tenant isolation"),
    InputName.COMPLIANCE: Wanted("audit, retention, encryption, residency", "compliance and the database strategy"),
    InputName.MIGRATION: Wanted("zero downtime, maintenance windows, who deploys", "the migration strategy"),
    InputName.RPO: Wanted("how much data may be lost, as a time", "backup and recovery"),
    InputName.RTO: Wanted("how long a recovery may take", "backup and recovery"),
    InputName.RESTORE_TEST: Wanted("when a restore was last tried, and how often it is", "backup and recovery"),
    InputName.POOLING: Wanted("which pooler, its mode and pool sizes", "connection management"),
    InputName.PAYMENTS: Wanted(
        "invoices, payment modes, providers, who confirms, refunds and disputes", "the payment architecture"
    ),
    InputName.API: Wanted("endpoints, versioning, error codes, state machines, rate limits", "the API architecture"),
    InputName.INTEGRATIONS: Wanted("webhooks, e-mail, other services, retries", "integrations and webhooks"),
    InputName.CACHING: Wanted("what is cached where, for how long", "the caching strategy"),
    InputName.AUTHORIZATION: Wanted(
        "how a request's user and tenant reach the database session", "authorisation across tenants and databases"
    ),
}


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value and who says it. A text, or a list of texts."""

    value: str | tuple[str, ...]
    source: Source = Source.STATED

    @property
    def text(self) -> str:
        """The value on one line."""
        parts = (self.value,) if isinstance(self.value, str) else self.value
        return "; ".join(" ".join(part.split()) for part in parts if part.strip())


class Context(msgspec.Struct, frozen=True):
    """The context of a review. Inputs that nobody gave are absent."""

    inputs: Mapping[InputName, Given]

    def get(self, name: InputName) -> Given | None:
        """What was given for an input; None for nothing, and for an empty text."""
        given = self.inputs.get(name)
        return given if given and given.text else None
