"""The store's targets, runs and findings as web pages. Nothing here writes."""

from __future__ import annotations

from http import HTTPStatus
from importlib import resources
from typing import Any

import jinja2
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from pgaudit.errors import PgauditError
from pgaudit.history.trends import trends
from pgaudit.reports.escaping import printable
from pgaudit.reports.html import render
from pgaudit.reports.interface import View
from pgaudit.reports.words import object_in_words
from pgaudit.serving.access import LOOPBACK, TokenGate
from pgaudit.store.failing import failing
from pgaudit.store.opening import Store
from pgaudit.store.reading import latest_whole_run, runs, targets
from pgaudit.store.showing import recorded_report, standing
from pgaudit.version import version

_MOST_RUNS = 100
_MOST_FINDINGS = 500
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_OWN_PAGES = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def application(store: Store, token: str | None = None) -> Starlette:
    """The web application over an open store.

    Args:
        store: What is shown.
        token: What a reader must know. Without one, only requests to a loopback address are answered.
    """
    pages = _Pages(store)
    guard = Middleware(TokenGate, token=token) if token else Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK)
    return Starlette(
        routes=[
            Route("/", pages.index),
            Route("/targets/{name:path}", pages.target),
            Route("/runs/{run_id:int}", pages.run),
            Route("/style.css", _style),
        ],
        middleware=[guard],
        exception_handlers={HTTPException: pages.refused, PgauditError: pages.failed},
    )


class _Pages:
    """The pages. Endpoints are plain functions: the framework runs them in threads, and the store blocks."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("pgaudit.serving", "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def index(self, request: Request) -> Response:
        """All targets, each with its latest run."""
        del request
        rows = [(name, next(iter(runs(self._store, name, limit=1)), None)) for name in targets(self._store)]
        return self._page("index.html", rows=rows)

    def target(self, request: Request) -> Response:
        """The findings of a target that stand, and its runs."""
        name: str = request.path_params["name"]
        found = runs(self._store, name, limit=_MOST_RUNS)
        if not found:
            raise HTTPException(HTTPStatus.NOT_FOUND, "Nothing was recorded under that name.")
        findings = standing(self._store, name)
        return self._page(
            "target.html",
            name=name,
            runs=found,
            failing=failing(self._store, name),
            findings=findings[:_MOST_FINDINGS],
            total=len(findings),
        )

    def run(self, request: Request) -> Response:
        """The report page of a run; that of a target's latest one with its history."""
        run_id: int = request.path_params["run_id"]
        report = recorded_report(self._store, run_id) if run_id < 2**63 else None
        if report is None or report.since is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such run, or its report is not kept any more.")
        name = report.since.target
        history = trends(self._store, name) if latest_whole_run(self._store, name) == run_id else None
        return HTMLResponse(render(report, View(show_suppressed=True, trends=history)), headers=_HEADERS)

    async def refused(self, request: Request, error: Exception) -> Response:
        """The page for what is not there."""
        del request
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
        return self._page("message.html", error.status_code, text=error.detail)

    async def failed(self, request: Request, error: Exception) -> Response:
        """The page where the store cannot be read now."""
        del request
        return self._page("message.html", HTTPStatus.SERVICE_UNAVAILABLE, text=printable(str(error)))

    def _page(self, template: str, status: int = HTTPStatus.OK, **context: Any) -> Response:
        shared = {"printable": printable, "subject": object_in_words, "version": version()}
        text = self._templates.get_template(template).render(shared | context)
        return HTMLResponse(text, status, {**_HEADERS, "Content-Security-Policy": _OWN_PAGES})


def _style(request: Request) -> Response:
    del request
    text = resources.files("pgaudit.reports.html").joinpath("style.css").read_text(encoding="utf-8")
    return PlainTextResponse(text, media_type="text/css")
