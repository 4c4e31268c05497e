"""Every rule."""

from __future__ import annotations

import functools
import importlib
import pkgutil

import migrations_safety.rules
from migrations_safety.rule import Rule


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """The rules below `migrations_safety.rules`, by id."""
    found: list[Rule] = []
    for module_info in pkgutil.iter_modules(migrations_safety.rules.__path__):
        if not module_info.name.startswith("_") and module_info.name != "registry":
            module = importlib.import_module(f"migrations_safety.rules.{module_info.name}")
            found += [value for value in vars(module).values() if isinstance(value, Rule)]
    return tuple(sorted(found, key=lambda rule: rule.id))
