"""GRANT, REVOKE, default privileges, roles, REASSIGN OWNED and DROP OWNED."""

from __future__ import annotations
