"""Types being made and changed: enums, composites, ranges, base types."""

from __future__ import annotations
