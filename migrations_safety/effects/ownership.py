"""OWNER TO, SET SCHEMA, DEPENDS ON EXTENSION, COMMENT, SECURITY LABEL."""

from __future__ import annotations
