"""Thin walkers over the rows of a Catalog: they hold the catalog and one row, and copy nothing."""

from probes.catalog.navigation.constraints import Constraint, ForeignKey
from probes.catalog.navigation.indexes import Index
from probes.catalog.navigation.programs import Function
from probes.catalog.navigation.relations import Column, Relation
from probes.catalog.navigation.roles import Grant, Role
from probes.catalog.navigation.security import Policy
from probes.catalog.navigation.types import TypeName

__all__ = ["Column", "Constraint", "ForeignKey", "Function", "Grant", "Index", "Policy", "Relation", "Role", "TypeName"]
