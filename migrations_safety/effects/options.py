"""Storage parameters as the catalog holds them."""

from __future__ import annotations

from collections.abc import Iterable

from probes.sql.tree.parts import DefElem, TypeName


def reloptions(options: Iterable[DefElem]) -> tuple[str, ...]:
    """`name=value` for each option of the relation itself; those of its TOAST table are left out."""
    return tuple(f"{one.name}={option_text(one)}" for one in options if one.namespace is None and one.name != "oids")


def option_text(option: DefElem) -> str:
    """The value of a storage parameter."""
    value = option.value
    if value is None or value is True:
        return "true"
    if value is False:
        return "false"
    return ".".join(value.names) if isinstance(value, TypeName) else str(value)


def merged(old: tuple[str, ...], options: list[DefElem], *, reset: bool) -> tuple[str, ...]:
    """Options after SET or RESET."""
    names = {option.name for option in options}
    kept = [one for one in old if one.partition("=")[0] not in names]
    if reset:
        return tuple(kept)
    return (*kept, *(f"{option.name}={option_text(option)}" for option in options))
