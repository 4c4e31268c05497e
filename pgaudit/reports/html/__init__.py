"""The report as one HTML page that needs no network: filter, sort, copy SQL, dark and light, printable."""

from pgaudit.reports.html.page import render

__all__ = ["render"]
