"""One HTTP request with a limit on everything, retried where that can help."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import urllib3

_TIMEOUT_S = 10.0
_RETRIES = 2
_WORTH_RETRYING = (429, 500, 502, 503, 504)
_LONGEST_WAIT_S = 5.0
_NOT_ACCEPTED_FROM = 300


class DeliveryError(Exception):
    """A message did not arrive. The text is one line without a secret."""


def send(
    method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> urllib3.BaseHTTPResponse:
    """The answer to a request that was accepted.

    Raises:
        DeliveryError: Nobody answered, or refused.
    """
    retries = urllib3.Retry(
        total=_RETRIES,
        status_forcelist=_WORTH_RETRYING,
        allowed_methods=None,
        backoff_factor=0.2,
        backoff_max=_LONGEST_WAIT_S,
        respect_retry_after_header=False,  # a day's wait is for the next run, which tries again
        raise_on_status=False,
        redirect=0,
    )
    logging.getLogger("urllib3.connectionpool").disabled = True  # it writes paths, and a path may be the secret
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(_TIMEOUT_S), retries=retries)
    try:
        answer = pool.request(method, url, body=body, headers=dict(headers or {}))
    except urllib3.exceptions.HTTPError as error:
        raise DeliveryError(_plain(error)) from error
    if answer.status >= _NOT_ACCEPTED_FROM:
        raise DeliveryError(f"the answer was {answer.status} {answer.reason or ''}".strip())
    return answer


def _plain(error: urllib3.exceptions.HTTPError) -> str:
    """What went wrong without the URL, which may hold a secret."""
    reason = getattr(error, "reason", None) or error
    return type(reason).__name__ if "://" in str(reason) or "host=" in str(reason) else str(reason)
