"""Bytes of a file to UTF-8 text, with what was wrong with them."""

from __future__ import annotations

import codecs

from migrations_safety.script.model import Opaque, OpaqueReason

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_SAMPLE_BYTES = 4096
_UTF16_ZERO_SHARE = 0.3


def to_utf8(content: bytes) -> tuple[bytes, Opaque | None]:
    """The text as UTF-8 and what is wrong with it. A file that is UTF-8 keeps its offsets, byte order mark included."""
    encoding = _UTF16.get(content[:2]) or _unmarked_utf16(content)
    if encoding is not None:
        return _decoded(content, encoding)
    zero = content.find(b"\0")
    if zero >= 0:
        return b"", Opaque(OpaqueReason.BINARY, f"a zero byte at offset {zero}")
    if content.isascii():
        return content, None
    try:
        content.decode()
    except UnicodeDecodeError as error:
        if any(byte < 9 or 13 < byte < 27 for byte in content[:_SAMPLE_BYTES]):  # noqa: PLR2004 -- control characters
            return b"", Opaque(OpaqueReason.BINARY, f"byte {content[error.start]:#04x} at offset {error.start}")
        problem = Opaque(OpaqueReason.NOT_UTF8, f"byte {content[error.start]:#04x} at offset {error.start}")
        return content.decode("latin-1").encode(), problem
    return content, None


def _decoded(content: bytes, encoding: str) -> tuple[bytes, Opaque | None]:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        return b"", Opaque(OpaqueReason.BINARY, f"{encoding} ends at offset {error.start}")
    if "\0" in text:
        return b"", Opaque(OpaqueReason.BINARY, f"a zero character in {encoding}")
    return text.removeprefix("\ufeff").encode(), None


def _unmarked_utf16(content: bytes) -> str | None:
    """UTF-16 without a byte order mark: every second byte of an ASCII script is zero."""
    sample = content[:_SAMPLE_BYTES]
    if len(sample) < 4 or len(content) % 2:  # noqa: PLR2004 -- two characters
        return None
    if sample[1::2].count(0) > len(sample) * _UTF16_ZERO_SHARE and not sample[0::2].count(0):
        return "utf-16-le"
    if sample[0::2].count(0) > len(sample) * _UTF16_ZERO_SHARE and not sample[1::2].count(0):
        return "utf-16-be"
    return None
