"""PostgreSQL's lexical rules as patterns over UTF-8 bytes: what can be skipped without looking inside.

The rules follow the server's scanner (src/backend/parser/scan.l): white space is six characters, an identifier may
contain ``$`` and any byte above 127, block comments nest, and a string continued on the next line keeps its escapes.
Possessive repeats keep every pattern linear.
"""

import re
import sys
from typing import Final, TypeAlias

Pattern: TypeAlias = re.Pattern[bytes]

_HAS_POSSESSIVE_GROUPS = sys.version_info >= (3, 11, 5)
"""Before, a group that is repeated possessively ends in the wrong place (python/cpython#106052)."""


def repeated(body: bytes, least: int = 0) -> bytes:
    """A pattern for `least` or more of what `body` matches, never given back: `(?:body)*+`.

    An atomic group says the same to every Python, and takes memory for each repeat: there the repeats go by hundreds.
    """
    if _HAS_POSSESSIVE_GROUPS:
        return rb"(?:%b){%d,}+" % (body, least)
    many = rb"(?>(?:%b){1,256})" % body
    first = rb"(?:%b){%d}" % (body, least) if least else b""
    return rb"(?>%b(?:%b)*)" % (first, many)


IDENTIFIER_BYTES: Final = rb"A-Za-z0-9_$\x80-\xff"

_PLAIN_STRING = rb"'[^']*'"
_ESCAPE_SEGMENT = rb"'" + repeated(rb"[^'\\]|\\.|''") + rb"'"
_LINE_COMMENT = rb"--[^\n\r]*+"
_FLAT_COMMENT = rb"/\*" + repeated(rb"[^*/]|\*(?!/)|/(?!\*)") + rb"\*/"
_LINE_END = repeated(rb"[ \t\f\v]|--[^\n\r]*+") + rb"[\n\r]" + repeated(rb"[ \t\f\v\n\r]|--[^\n\r]*+[\n\r]")
_CONTINUED = repeated(_LINE_END + _ESCAPE_SEGMENT)

ESCAPE_STRING: Final = re.compile(_ESCAPE_SEGMENT + _CONTINUED, re.DOTALL)
"""From the opening quote of an E'' string to the end of its last continuation."""

QUOTED: Final = re.compile(rb"""'[^']*'|"[^"]*\"""")

SKIP: Final = re.compile(
    repeated(rb"[^;'\"$\\{/\-]++"
    rb"|(?<![eE])" + _PLAIN_STRING + rb"|(?<=[^" + IDENTIFIER_BYTES + rb"][eE])" + _ESCAPE_SEGMENT + _CONTINUED +
    rb"|\"[^\"]*\""
    rb"|" + _LINE_COMMENT + rb"|-(?!-)"
    rb"|" + _FLAT_COMMENT + rb"|/(?!\*)"
    rb"|\$(?=[0-9])"),
    re.DOTALL,
)  # fmt: skip
"""Everything up to a byte that needs a decision: ``; $ \\ {``, a nested comment, a doubtful E'', an open quote."""

SKIP_BACKSLASH_ESCAPES: Final = re.compile(
    repeated(rb"[^;'\"$\\{/\-]++"
    rb"|" + _ESCAPE_SEGMENT + _CONTINUED +
    rb"|\"[^\"]*\""
    rb"|" + _LINE_COMMENT + rb"|-(?!-)"
    rb"|" + _FLAT_COMMENT + rb"|/(?!\*)"
    rb"|\$(?=[0-9])"),
    re.DOTALL,
)  # fmt: skip
"""The same while ``standard_conforming_strings`` is off: a backslash escapes in every string."""

BLANK: Final = re.compile(repeated(rb"[ \t\n\r\f\v]++|" + _LINE_COMMENT + rb"|" + _FLAT_COMMENT), re.DOTALL)
"""White space and comments (the nested ones excepted)."""

DOLLAR_TAG: Final = re.compile(rb"\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*+)?\$")
COMMENT_EDGE: Final = re.compile(rb"/\*|\*/")
IDENTIFIER_BYTE: Final = re.compile(rb"[" + IDENTIFIER_BYTES + rb"]")

# A brace is never SQL outside quotes, so what templates write there can be stepped over whole.
TEMPLATE_TOKEN: Final = re.compile(rb"\{\{.{0,400}?\}\}|\{%.{0,400}?%\}|\{#.{0,400}?#\}|\{[^{}\n;]{0,200}\}", re.DOTALL)

META_COMMAND: Final = re.compile(rb"\\([A-Za-z_]+|[!?;\\.])?")
LINE_REST: Final = re.compile(rb"[^\n\r]*+(?:\r\n|\n|\r)?")

COPY_HEAD: Final = re.compile(rb"copy\b", re.IGNORECASE)
COPY_FROM_STDIN: Final = re.compile(rb"\bfrom\s+(?:stdin|stdout)\b", re.IGNORECASE)
COPY_END: Final = re.compile(rb"^\\\.[ \t]*\r?$", re.MULTILINE)
RULE_HEAD: Final = re.compile(rb"create\s+(?:or\s+replace\s+)?rule\b", re.IGNORECASE)
ROUTINE_HEAD: Final = re.compile(rb"create\s+(?:or\s+replace\s+)?(?:function|procedure)\b", re.IGNORECASE)
ATOMIC_WORD: Final = re.compile(rb"\batomic\b", re.IGNORECASE)
STRINGS_SETTING: Final = re.compile(
    rb"set\s+(?:(?:session|local)\s+)?standard_conforming_strings\s*(?:=|to)\s*'?(on|off|true|false|1|0|default)\b",
    re.IGNORECASE,
)
_INERT = rb"'[^']*'|\"[^\"]*\"|" + _LINE_COMMENT + rb"|" + _FLAT_COMMENT + rb"|\$\$.*?\$\$"
BLOCK_WORD: Final = re.compile(
    _INERT + rb"|(?<![" + IDENTIFIER_BYTES + rb".])(begin|case|end)(?![" + IDENTIFIER_BYTES + rb"])",
    re.IGNORECASE | re.DOTALL,
)
"""BEGIN, CASE and END outside quotes: group 1 is the word, unset for what is stepped over."""

PARENTHESIS: Final = re.compile(_INERT + rb"|([()])", re.DOTALL)
"""Parentheses outside quotes: group 1, unset for what is stepped over."""
