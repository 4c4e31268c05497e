"""Second net under redaction: what looks like a secret, a person or an address is masked wherever it stands."""

from __future__ import annotations

import re
import unicodedata

from pgaudit.reports.escaping import BIDI

MASK = "[withheld]"
_MOST_CHARACTERS = 300
_SECRETS = re.compile(
    r"""
      [\w.+-]+@[\w-]+(?:\.[\w-]+)*                                     # mail addresses, and what logs in as one
    | \b[a-z][a-z0-9+.-]*://\S+                                        # URLs, connection strings among them
    | \b(?:password|passwd|pwd|secret|token|api_?key)\s*[=:]\s*\S+
    | \beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?                              # JSON web tokens
    | \b(?:AKIA|ASIA)[A-Z0-9]{12,} | \bsk-[\w-]{8,} | \bgh[pousr]_\w{20,} | \bxox[a-z]-[\w-]{8,}
    | SCRAM-SHA-256\$\S+ | \bmd5[0-9a-f]{32}\b
    | -----BEGIN[^-]*-----
    | \b(?:\d{1,3}\.){3}\d{1,3}\b | \b(?:[0-9a-f]{1,4}:){3,}[0-9a-f:]+\b
    | \b(?:\d[ -]?){13,19}\b                                           # numbers of payment cards
    | \b[0-9a-f]{32,}\b                                                # keys and digests
    """,
    re.IGNORECASE | re.VERBOSE,
)


def masked(text: str) -> str:
    """The text without what looks like a secret, a person or an address, cut to a length that names need."""
    return _SECRETS.sub(MASK, plain(text))[:_MOST_CHARACTERS]


def plain(text: str) -> str:
    """The text without control, direction, zero-width and tag characters."""
    return "".join(" " if one in "\t\n\r" else one for one in text if not _is_hidden(one))


def _is_hidden(one: str) -> bool:
    if one in "\t\n\r":
        return False
    return one in BIDI or unicodedata.category(one) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
