"""Naming what findings about a whole server or database are about."""

from __future__ import annotations

from probes.catalog.catalog import Catalog
from probes.finding import ObjectRef

SERVER = ObjectRef("server", "PostgreSQL")
"""The server itself; a report says which one it is of."""


def database_ref(catalog: Catalog) -> ObjectRef:
    """The audited database."""
    return ObjectRef("database", catalog.server.database)


def setting_ref(name: str) -> ObjectRef:
    """A server setting."""
    return ObjectRef("setting", name)


def role_ref(name: str) -> ObjectRef:
    """A role."""
    return ObjectRef("role", name)
