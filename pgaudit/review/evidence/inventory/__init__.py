"""What is there, fault or no fault: the facts that a reviewer reads before judging."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pgaudit.review.evidence.inventory import access, business, growth, operation, shape, tenancy
from pgaudit.review.evidence.records import Record
from probes.catalog.catalog import Catalog, NotCollectedError

_FACTS: tuple[Callable[[Catalog], Record | list[Record]], ...] = (
    *shape.FACTS,
    *growth.FACTS,
    *tenancy.FACTS,
    *access.FACTS,
    *business.FACTS,
    *operation.FACTS,
)


def inventory_records(catalog: Catalog) -> Iterator[Record]:
    """Every fact that could be counted; one whose area was not collected is left out, and the skips name the area."""
    for make in _FACTS:
        try:
            made = make(catalog)
        except NotCollectedError:
            continue
        yield from [made] if isinstance(made, Record) else made


__all__ = ["inventory_records"]
