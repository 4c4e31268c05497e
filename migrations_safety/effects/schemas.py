"""Schemas, extensions, statistics, publications, subscriptions, foreign servers, databases, tablespaces."""

from __future__ import annotations
