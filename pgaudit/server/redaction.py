"""Secrets that cannot be printed by accident, and texts without them."""

import re
from collections.abc import Iterable
from urllib.parse import quote

MASK = "***"
_FREELY_REPLACED_CHARACTERS = 4
_URL_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s/]*@")
_NAMED_SECRET = re.compile(r"(?i)\b(password|sslpassword|oauth_client_secret)(\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]+)")


class Secret:
    """A text that shows as `***` unless `reveal` is called. Equal to a secret of the same text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Gives the text itself; the only caller is the one that opens the connection."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


def redact(text: str, secrets: Iterable[Secret], *, public: Iterable[str] = ()) -> str:
    """Gives `text` with every secret masked, also inside a URL, a `password=` pair and percent-encoded.

    Args:
        text: what a driver or server said.
        secrets: what must not be shown.
        public: names shown anyway (user, database, host). A password that is part of one is left alone there: masking
            it would tell the reader what it is.
    """
    shown = tuple(public)
    masked = _NAMED_SECRET.sub(rf"\1\2{MASK}", _URL_PASSWORD.sub(rf"\1{MASK}@", text))
    for form in sorted(_forms(secrets), key=len, reverse=True):
        if not any(form in name for name in shown):
            masked = _mask(masked, form)
    return masked


def _forms(secrets: Iterable[Secret]) -> set[str]:
    texts = {secret.reveal() for secret in secrets}
    written = {quote(text, safe="") for text in texts} | {re.sub(r"(['\\])", r"\\\1", text) for text in texts}
    lines = {line for text in texts for line in text.split()}
    return {form for form in texts | written | lines if form.strip()}


def _mask(text: str, secret: str) -> str:
    """Masks a short secret only as a word: `a` replaced in every word would be told by the gaps."""
    pattern = re.escape(secret)
    if len(secret) < _FREELY_REPLACED_CHARACTERS:
        pattern = rf"(?<!\w){pattern}(?!\w)"
    return re.sub(pattern, MASK, text)
