"""Functions, procedures, aggregates, event triggers, and what CALL and DO run."""

from __future__ import annotations
