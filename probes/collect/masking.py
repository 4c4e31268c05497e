"""Taking secrets out of SQL text: a catalog may be mailed, so literals and comments of programs never enter it."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKENS = re.compile(
    r"""
    (?P<line_comment>--[^\n]*)
    | (?P<block_comment>/\*)
    | (?P<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)
    | (?P<escape>[eE]'(?:[^'\\]|\\.|'')*(?:'|\Z))
    | (?P<literal>'(?:[^']|'')*(?:'|\Z))
    | (?P<identifier>"(?:[^"]|"")*(?:"|\Z))
    | (?P<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)
    | (?P<parameter>\$\d+)
    | (?P<number>\d[\w.]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGES = re.compile(r"/\*|\*/")
_SHORT_NUMBER = 4
"""Digits up to which a number in a function body is kept: it is a limit or a flag, not an account."""
# A name given to one of these is no secret, and checks need it.
_NAMING_CALL = re.compile(r"(?:current_setting|set_config|nextval|currval|setval|to_regclass)\s*\(\s*\Z", re.IGNORECASE)
_MODELLED = re.compile(r"\s*(?:select|insert|update|delete|merge|with|values|table)\b", re.IGNORECASE)
_HEAD = re.compile(r"[a-z]+(?:\s+[a-z]+)?", re.IGNORECASE)
_SECRET_SETTINGS = re.compile(
    r"conninfo|(?:archive|restore|recovery_end|archive_cleanup|passphrase)_command|passphrase|password|secret|token|key\b",
    re.IGNORECASE,
)
_HARMLESS_SETTINGS = frozenset({"password_encryption"})
"""Settings that hold no secret although their names sound like it."""
_OPEN_EXTENSIONS = (
    "auto_explain.",
    "pg_stat_statements.",
    "pgaudit.",
    "plpgsql.",
    "cron.",
    "timescaledb.",
    "pg_partman_bgw.",
)
MASK = "***"


def masked_source(source: str) -> str:
    """A body without comments, its literals emptied but for names given to current_setting and its kin."""
    return "".join(_cleaned(source, names=True, longest_number=_SHORT_NUMBER))


def masked_statement(text: str) -> str:
    """A statement text of pg_stat_statements: comments and literals gone; of a utility statement only its head is left.

    Normalised queries carry parameters, but utility statements are kept as they were typed, passwords included.
    """
    bare = "".join(_cleaned(text, names=False, longest_number=0)).strip()
    if _MODELLED.match(bare):
        return bare
    head = _HEAD.match(bare)
    return f"{head[0]} {MASK}" if head else MASK


def _cleaned(text: str, *, names: bool, longest_number: int) -> Iterator[str]:
    """The text in pieces, without comments and literals.

    Args:
        text: SQL.
        names: Whether the first literal of current_setting() and its kin is kept.
        longest_number: Digits of the longest number that is kept.
    """
    position = 0
    while match := _TOKENS.search(text, position):
        yield text[position : match.start()]
        position = match.end()
        match match.lastgroup:
            case "line_comment":
                yield " "
            case "block_comment":
                position = _end_of_comment(text, position)
                yield " "
            case "dollar":
                end = text.find(match[0], position)
                position = len(text) if end < 0 else end + len(match[0])
                yield "''"
            case "escape":
                yield "''"
            case "literal":
                named = names and _NAMING_CALL.search(text, max(0, match.start() - 40), match.start())
                yield match[0] if named else "''"
            case "number":
                yield match[0] if len(match[0]) <= longest_number else "0"
            case _:
                yield match[0]
    yield text[position:]


def _end_of_comment(text: str, position: int) -> int:
    """Where the comment whose opening ends at `position` ends: comments nest."""
    depth = 1
    for edge in _COMMENT_EDGES.finditer(text, position):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)


def masked_message(message: str | None) -> str | None:
    """A complaint about a configuration file, without the text that it quotes: that may be half a password."""
    if message is None:
        return None
    return re.sub(r'"[^"]*"?', f'"{MASK}"', re.sub(r"(name=value format: ).*", rf"\1{MASK}", message, flags=re.DOTALL))


def masked_setting(name: str, value: str | None) -> str | None:
    """The value of a setting, masked where it may hold a secret: connection strings, commands, custom parameters."""
    custom = "." in name and not name.startswith(_OPEN_EXTENSIONS)
    if value and name not in _HARMLESS_SETTINGS and (custom or _SECRET_SETTINGS.search(name)):
        return MASK
    return value


def masked_assignment(assignment: str) -> str:
    """`name=value` as pg_db_role_setting keeps it, masked like a setting."""
    name, sign, value = assignment.partition("=")
    return f"{name}{sign}{masked_setting(name, value) or ''}"
