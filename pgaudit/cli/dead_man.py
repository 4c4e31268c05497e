"""`--ping-url`: somebody who notices when the nightly audit is silent."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from pgaudit.cli.terminal import remark


@contextmanager
def watched(url: str | None) -> Generator[None]:
    """Ping `URL/start`, then `URL`, or `URL/fail` where an error ends the run. Findings are no failure."""
    if url is None:
        yield
        return
    _ping(f"{url.rstrip('/')}/start")
    try:
        yield
    except BaseException:
        _ping(f"{url.rstrip('/')}/fail")
        raise
    _ping(url)


def _ping(url: str) -> None:
    from pgaudit.notify.sending import DeliveryError, send

    try:
        send("GET", url)
    except DeliveryError as error:
        remark(f"the ping URL did not answer: {error}")
