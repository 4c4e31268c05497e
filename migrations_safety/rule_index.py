"""The index of rules by trigger: `python -m migrations_safety.rule_index` writes it anew, and a test keeps it fresh."""

from __future__ import annotations

import functools
import pkgutil
from collections.abc import Iterable
from pathlib import Path

import migrations_safety.rules
from migrations_safety.rule import Rule

INDEX = Path(__file__).parent / "rules" / "_index.py"


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by id. This imports all of them, and one that cannot be imported raises what it raises."""
    from migrations_safety.judging import load_rule  # noqa: PLC0415 - that module reads the index

    names = [info.name for info in pkgutil.iter_modules(migrations_safety.rules.__path__)]
    return tuple(load_rule(name) for name in sorted(names) if not name.startswith("_"))


def index_text(rules: Iterable[Rule]) -> str:
    """The index as a module."""
    by_trigger: dict[str, list[str]] = {}
    profiles: dict[str, str] = {}
    squawk: dict[str, list[str]] = {}
    for rule in rules:
        name = rule.id.replace("-", "_")
        profiles[name] = rule.profile.value
        for trigger in rule.triggers:
            by_trigger.setdefault(trigger, []).append(name)
        for theirs in rule.squawk:
            squawk.setdefault(theirs, []).append(rule.id)
    lines = [
        '"""Which rules a statement concerns. Written by `python -m migrations_safety.rule_index`, never by hand."""',
        "",
        "from __future__ import annotations",
        "",
        *_table("TRIGGERS", "Names of rule modules by what makes them look.", by_trigger),
        "",
        "PROFILES: dict[str, str] = {",
        *(f'    "{name}": "{profile}",' for name, profile in sorted(profiles.items())),
        "}",
        '"""The least profile that runs each rule, by module."""',
        "",
        *_table("SQUAWK", "Ids of our rules by the name of squawk's.", squawk),
    ]
    return "\n".join(lines) + "\n"


def _table(name: str, meaning: str, rows: dict[str, list[str]]) -> Iterable[str]:
    yield f"{name}: dict[str, tuple[str, ...]] = {{"
    for key, values in sorted(rows.items()):
        if len(values) == 1:
            yield f'    "{key}": ("{values[0]}",),'
        else:
            yield f'    "{key}": ('
            yield from (f'        "{value}",' for value in sorted(values))
            yield "    ),"
    yield "}"
    yield f'"""{meaning}"""'


if __name__ == "__main__":
    if not INDEX.exists():
        INDEX.write_text(index_text(()), encoding="utf-8")
    INDEX.write_text(index_text(all_rules()), encoding="utf-8")
