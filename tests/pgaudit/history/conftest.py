"""What tests of histories share."""

from __future__ import annotations

from tests.pgaudit.history.test_frames import store
from tests.pgaudit.reports.test_html_in_browser import browser

__all__ = ["browser", "store"]
