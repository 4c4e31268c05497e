"""Taking secrets out of SQL text: a catalog may be mailed, so literals and comments of programs never enter it."""

from __future__ import annotations

import re

_TOKENS = re.compile(
    r"""
    (?P<comment>--[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z))
    | (?P<dollar>\$(?P<tag>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$.*?(?:\$(?P=tag)\$|\Z))
    | (?P<dollar_bare>\$\$.*?(?:\$\$|\Z))
    | (?P<escape>\b[eE]'(?:[^'\\]|\\.|'')*(?:'|\Z))
    | (?P<literal>'(?:[^']|'')*(?:'|\Z))
    | (?P<identifier>"(?:[^"]|"")*(?:"|\Z))
    """,
    re.VERBOSE | re.DOTALL,
)
# A name given to one of these is no secret, and checks need it.
_NAMING_CALL = re.compile(r"(?:current_setting|set_config|nextval|currval|setval|to_regclass)\s*\(\s*\Z", re.IGNORECASE)
_MODELLED = re.compile(r"\s*(?:select|insert|update|delete|merge|with|values|table)\b", re.IGNORECASE)
_HEAD = re.compile(r"[a-z]+(?:\s+[a-z]+)?", re.IGNORECASE)
_SECRET_SETTINGS = re.compile(
    r"conninfo|(?:archive|restore|recovery_end|archive_cleanup|passphrase)_command|passphrase|password|secret|token|key\b",
    re.IGNORECASE,
)
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
    """A function body without comments, its literals emptied but for names given to current_setting and the like."""

    def replace(match: re.Match[str]) -> str:
        if match["identifier"]:
            return match[0]
        if match["comment"]:
            return " "
        if match["literal"] and _NAMING_CALL.search(source, max(0, match.start() - 40), match.start()):
            return match[0]
        return "''"

    return _TOKENS.sub(replace, source)


def masked_statement(text: str) -> str:
    """A statement text of pg_stat_statements: comments and literals gone; of a utility statement only its head is left.

    Normalised queries carry parameters, but utility statements are kept as they were typed, passwords included.
    """
    bare = _TOKENS.sub(
        lambda match: match[0] if match["identifier"] else " " if match["comment"] else "''", text
    ).strip()
    if _MODELLED.match(bare):
        return bare
    head = _HEAD.match(bare)
    return f"{head[0]} {MASK}" if head else MASK


def masked_setting(name: str, value: str | None) -> str | None:
    """The value of a setting, masked where it may hold a secret: connection strings, commands, custom parameters."""
    custom = "." in name and not name.startswith(_OPEN_EXTENSIONS)
    if value and (custom or _SECRET_SETTINGS.search(name)):
        return MASK
    return value


def masked_assignment(assignment: str) -> str:
    """`name=value` as pg_db_role_setting keeps it, masked like a setting."""
    name, sign, value = assignment.partition("=")
    return f"{name}{sign}{masked_setting(name, value) or ''}"
