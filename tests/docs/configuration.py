"""The page of the configuration file, from its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pgaudit.config

_HEAD = """# The configuration file

`pgaudit.toml`, or `[tool.pgaudit]` in `pyproject.toml`: the first that is found in the working folder or above it.
`--config PATH` names another, `--isolated` reads none, and a flag on the command line wins over its key. A key that is
not known is an error. `pgaudit init` writes a first file; its JSON Schema is
[schemas/pgaudit-config-1.json](schemas/pgaudit-config-1.json).
"""
_NOTES = {
    "ReviewSection": """
`review` reads all of them; `ask` reads `context` and `shadow-dsn-env`; `demo --review FORMAT --llm` reads `llm-model`,
`redaction` and `max-cost-usd`. A flag wins over its variable in the environment (`PGAUDIT_LLM_MODEL` for
`--llm-model`), that over the key here, and what is shown before anything is sent names the keys that hold. There is no
key for `--llm`, for `--yes`, for where evidence is sent, or for an API key: a file that came with a checkout can send
nothing.
"""
}
"""What is to be said of a section beside its keys."""
_EXAMPLE = """
## Example

```toml
fail-on = "high"
exclude-schemas = ["audit_*"]
application-roles = ["web"]

[tenancy]
column = "workspace_id"

[review]
context = "pgaudit.context.yaml"
related-env = "PAYMENTS_DATABASE_URL"
redaction = "hashed"
max-cost-usd = 2.5

[targets.staging]
url-env = "STAGING_DATABASE_URL"

[checks."vacuum/dead_tuples"]
severity = "low"

[[suppress]]
check = "indexes/unused"
object = "public.orders.*"
reason = "the yearly report reads them"
expires = 2027-01-31
owner = "reporting"
```
"""


def configuration_page() -> str:
    """The page, as text."""
    definitions: Mapping[str, Any] = pgaudit.config.json_schema()["$defs"]
    names = ("Configuration", "Tenancy", "ReviewSection", "TargetSection", "Suppress")
    return _HEAD + "".join("\n".join(_section(definitions[name])) + _NOTES.get(name, "") for name in names) + _EXAMPLE


def _section(section: Mapping[str, Any]) -> Iterator[str]:
    required = section.get("required", ())
    yield ""
    yield f"{section['description']}"
    yield ""
    yield "| key | what it says | needed |"
    yield "|---|---|---|"
    for key, value in section["properties"].items():
        if "description" in value:
            yield f"| `{key}` | {value['description']} | {'yes' if key in required else ''} |"
    yield ""
