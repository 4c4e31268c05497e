"""Domains: CREATE and ALTER DOMAIN, and the tables whose columns are of them."""

from __future__ import annotations
