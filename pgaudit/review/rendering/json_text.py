"""A review as JSON: the document with all of its evidence."""

from __future__ import annotations

from pgaudit.reports.escaping import json_safe
from pgaudit.review.documents.envelope import Review, to_json


def render_json(review: Review) -> str:
    """The review as JSON that no terminal obeys."""
    return json_safe(to_json(review))
