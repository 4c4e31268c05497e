"""The rich databases of the collector's tests are what the catalog is tried on, too."""

from tests.probes.collect.conftest import rich, rich_pool

__all__ = ["rich", "rich_pool"]
