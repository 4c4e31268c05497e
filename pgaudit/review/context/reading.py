"""Reading and writing the context file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from pgaudit.errors import BadConfiguration
from pgaudit.review.context.model import SCHEMA, WANTED, Context, Given, InputName, Source

_PLAIN = re.compile(r"[A-Za-z][\w ,./()%-]*")
_INIT = "see what `pgaudit context init` writes"


def read_context(path: Path) -> Context:
    """The context in a file. Raises BadConfiguration where it cannot be read or holds what is not known."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise BadConfiguration(str(path), error.strerror or str(error), "name a file that can be read") from error
    return context_of(text, str(path))


def context_of(text: bytes, name: str) -> Context:
    """The context in a YAML text. Raises BadConfiguration."""
    try:
        content = msgspec.yaml.decode(text)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadConfiguration(name, f"it is no YAML: {' '.join(str(error).split())}", _INIT) from error
    if not isinstance(content, dict):
        raise BadConfiguration(name, "it holds no keys", _INIT)
    version = content.pop("context", SCHEMA)
    if version != SCHEMA:
        raise BadConfiguration(name, f"context is {version!r}", f"this pgaudit reads {SCHEMA}")
    return Context({_name(key, name): _given(key, value, name) for key, value in content.items() if value is not None})


def _name(key: object, file: str) -> InputName:
    try:
        return InputName(key)
    except ValueError:
        known = ", ".join(one.value for one in InputName)
        raise BadConfiguration(file, f"{key!r} is no input", f"the inputs are {known}") from None


def _given(key: object, value: Any, file: str) -> Given:
    """A bare text or list counts as stated."""
    try:
        return msgspec.convert(value if isinstance(value, dict) else {"value": value}, Given)
    except msgspec.ValidationError as error:
        raise BadConfiguration(file, f"{key}: {error}", "write a text or a list of texts") from error


def context_yaml(given: Mapping[InputName, Given]) -> str:
    """A context file: what is known, marked with who says it, and an empty place for everything else."""
    lines = [
        "# What a database cannot tell about itself. `pgaudit review --context` reads this file.",
        "# Values marked `inferred` were guessed from the database: correct them, then write `stated`.",
        f"context: {SCHEMA}",
    ]
    for name, wanted in WANTED.items():
        lines += ["", f"# {wanted.asks} (for {wanted.used_for}{'; required' if wanted.is_required else ''})"]
        one = given.get(name)
        if one is None:
            lines.append(f"{name.value}:")
            continue
        lines.append(f"{name.value}:")
        lines += _value_lines(one.value)
        lines.append(f"  source: {one.source.value}")
    return "\n".join(lines) + "\n"


def _value_lines(value: str | tuple[str, ...]) -> list[str]:
    if isinstance(value, str):
        return [f"  value: {scalar(value)}"]
    return ["  value:", *(f"    - {scalar(one)}" for one in value)]


def scalar(text: str) -> str:
    """A text as a YAML scalar: plain where that is safe, else in double quotes as JSON has them."""
    reserved = text.lower() in {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
    if _PLAIN.fullmatch(text) and not reserved and text == text.strip():
        return text
    return msgspec.json.encode(text).decode()


__all__ = ["Source", "context_of", "context_yaml", "read_context", "scalar"]
