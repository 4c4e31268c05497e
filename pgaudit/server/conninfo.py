"""libpq's `keyword = 'value'` connection strings, read without loading libpq."""

import re

from pgaudit.errors import BadTarget

_PAIR = re.compile(
    r"""\s* (?P<keyword> [^\s=]+ ) \s* = \s*
        (?: ' (?P<quoted> (?: [^'\\] | \\. )* ) '
          | (?P<plain> (?: [^\s'\\] | \\. ) (?: [^\s\\] | \\. )* )? ) (?= \s | $ )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def conninfo_pairs(text: str, *, source: str) -> dict[str, str]:
    """Gives the keywords and values of a connection string as libpq reads them; of a repeated keyword the last.

    Raises:
        BadTarget: it is not a connection string; no part of it is repeated.
    """
    pairs: dict[str, str] = {}
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _PAIR.match(text, position)
        if match is None:
            raise BadTarget(
                "is not a valid keyword=value connection string",
                "put a value with spaces or quotes into single quotes: password='it\\'s mine'",
                source=source,
            )
        value = match["quoted"] if match["quoted"] is not None else match["plain"] or ""
        pairs[match["keyword"]] = _ESCAPE.sub(r"\1", value)
        position = match.end()
    return pairs
