"""The configuration file: `pgaudit.toml`, or `[tool.pgaudit]` in `pyproject.toml`, found by walking up."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pgaudit.errors import BadConfiguration

FILE_NAME = "pgaudit.toml"
_PROJECT_FILE = "pyproject.toml"
REVIEW_FORMATS = ("authority", "panel", "position-card", "plan", "checklist", "expert", "diagnosis")
REDACTION_LEVELS = ("names", "hashed", "full")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _expect_one_of(key: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise ValueError(f"{key} is {value!r}: write one of {', '.join(known)}")


def _expect_variable(key: str, value: str | None) -> None:
    """Refuse what is no name of a variable without repeating it: a URL that is written there may hold a password."""
    if value is not None and not _VARIABLE.fullmatch(value):
        raise ValueError(f"{key} is no name of a variable: write the name of the variable that holds the URL")


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Keys are written with hyphens, and a key that is not known is an error."""


class TargetSection(_Section, frozen=True):
    """`[targets.NAME]`: where a database is, for commands that are given the name. Never a literal password."""

    url_env: Annotated[str | None, Meta(description="The variable that holds its URL.")] = None
    url: Annotated[str | None, Meta(description="Its URL, without a password.")] = None

    def __post_init__(self) -> None:
        """Reject what is no name of a variable."""
        _expect_variable("url-env", self.url_env)


class Suppress(_Section, frozen=True):
    """`[[suppress]]`: findings that somebody has accepted, why, and until when."""

    check: Annotated[str, Meta(description="Glob over ids of checks.")]
    reason: Annotated[str, Meta(description="Why they are accepted; reports show it.")]
    expires: Annotated[Any, Meta(description="A date, or `never` in quotes: somebody has to have thought about it.")]
    object: Annotated[str, Meta(description="Glob over `schema.table.name` as reports print it.")] = "*"
    id: Annotated[str | None, Meta(description="Fingerprint of one finding; wins over `object`.")] = None
    owner: Annotated[str | None, Meta(description="Whom to ask; named when it has expired or is not used.")] = None

    def __post_init__(self) -> None:
        """Reject any other value for `expires`, which msgspec cannot tell apart from text."""
        if self.expires != "never" and not isinstance(self.expires, date):
            raise ValueError(f"expires is {self.expires!r}: write a date, or never in quotes")

    @property
    def last_day(self) -> date | None:
        """The last day it holds; None for ever."""
        return self.expires if isinstance(self.expires, date) else None


class Tenancy(_Section, frozen=True):
    """`[tenancy]`: how tenants are told apart."""

    column: Annotated[str | None, Meta(description="Name of the column; inferred where it is not said.")] = None
    schema_pattern: Annotated[
        str | None, Meta(description="Regular expression over the schemas of tenants, where each has its own.")
    ] = None


class ReviewSection(_Section, frozen=True):
    """`[review]`: how reviews of this project are made. Whether anything is sent is asked on each command line."""

    format: Annotated[
        str | None, Meta(description="`--format` of a review.", extra_json_schema={"enum": [*REVIEW_FORMATS, None]})
    ] = None
    llm_model: Annotated[str | None, Meta(description="`--llm-model`, for when `--llm` is given.")] = None
    redaction: Annotated[
        str | None,
        Meta(
            description="`--redaction`: what may leave then: names, hashed or full.",
            extra_json_schema={"enum": [*REDACTION_LEVELS, None]},
        ),
    ] = None
    max_cost_usd: Annotated[
        float | None, Meta(description="`--max-cost-usd` of one review.", extra_json_schema={"minimum": 0})
    ] = None
    context: Annotated[str | None, Meta(description="Context file; its path starts in the folder of this file.")] = None
    related_env: Annotated[str | None, Meta(description="The variable that holds what `--related` would say.")] = None
    shadow_dsn_env: Annotated[
        str | None, Meta(description="The variable that holds the URL of `--shadow-dsn`, a throw-away server.")
    ] = None

    def __post_init__(self) -> None:
        """Reject values that no review could be made with."""
        _expect_one_of("format", self.format, REVIEW_FORMATS)
        _expect_one_of("redaction", self.redaction, REDACTION_LEVELS)
        if self.max_cost_usd is not None and not self.max_cost_usd >= 0:
            raise ValueError(f"max-cost-usd is {self.max_cost_usd:g}: write 0 or more US dollars")
        _expect_variable("related-env", self.related_env)
        _expect_variable("shadow-dsn-env", self.shadow_dsn_env)


class Configuration(_Section, frozen=True):
    """Everything a project can say once instead of on each command line."""

    fail_on: Annotated[str | None, Meta(description="`--fail-on` of a scan.")] = None
    min_severity: Annotated[str | None, Meta(description="`--min-severity` of a scan.")] = None
    profile: Annotated[
        str | None, Meta(description="`--profile` of scans and reviews; in a gate, of what migrations leave behind.")
    ] = None
    select: Annotated[tuple[str, ...], Meta(description="Run only these checks or areas.")] = ()
    ignore: Annotated[tuple[str, ...], Meta(description="Leave out these checks or areas.")] = ()
    schemas: Annotated[tuple[str, ...], Meta(description="Audit only schemas that match one of these globs.")] = ()
    exclude_schemas: Annotated[tuple[str, ...], Meta(description="Leave out schemas that match; flags add to it.")] = ()
    exclude_tables: Annotated[tuple[str, ...], Meta(description="Leave out `schema.table`; flags add to it.")] = ()
    application_roles: Annotated[
        tuple[str, ...], Meta(description="Roles that the application's users act as: what they reach is exposed.")
    ] = ()
    baseline: Annotated[
        str | None,
        Meta(description="JSON report that a scan is compared with; its path starts in the folder of this file."),
    ] = None
    tenancy: Tenancy = Tenancy()
    review: ReviewSection = ReviewSection()
    targets: dict[str, TargetSection] = {}
    checks: Annotated[
        dict[str, dict[str, Any]],
        Meta(description="By id of a check: `severity`, and its thresholds by name."),
    ] = {}
    suppress: tuple[Suppress, ...] = ()


class Loaded(msgspec.Struct, frozen=True):
    """A configuration and the file it came from; None where there is no file."""

    configuration: Configuration
    path: Path | None


def load_configuration(start: Path, *, explicit: Path | None = None, isolated: bool = False) -> Loaded:
    """The configuration that holds in a folder.

    Args:
        start: The folder from which to walk up.
        explicit: A file to read instead of looking for one.
        isolated: Read no file at all.

    Raises:
        BadConfiguration: The file is not there, is no TOML, or has an unknown key or a wrong value.
    """
    if isolated:
        return Loaded(Configuration(), None)
    path = explicit or _find(start)
    if path is None:
        return Loaded(Configuration(), None)
    return Loaded(_placed(_convert(path, _section(path, _read(path))), path.parent), path)


def _placed(found: Configuration, folder: Path) -> Configuration:
    """The configuration with the path of its baseline from where the command runs, not from where the file is."""
    return found if not found.baseline else msgspec.structs.replace(found, baseline=str(folder / found.baseline))


def _find(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
        project = folder / _PROJECT_FILE
        if project.is_file() and "pgaudit" in _read(project).get("tool", {}):
            return project
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadConfiguration(str(path), error.strerror or str(error), "name a file that can be read") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfiguration(str(path), f"it is no TOML: {error}", "mend the line") from error


def _section(path: Path, content: Mapping[str, Any]) -> Mapping[str, Any]:
    if path.name != _PROJECT_FILE:
        return content
    found: Mapping[str, Any] = content.get("tool", {}).get("pgaudit", {})
    return found


def _convert(path: Path, content: Mapping[str, Any]) -> Configuration:
    try:
        return msgspec.convert(content, Configuration)
    except msgspec.ValidationError as error:
        raise BadConfiguration(str(path), str(error), _advice(str(error))) from error


def _advice(problem: str) -> str:
    if "unknown field" in problem and "`$.review`" in problem:
        return "see docs/configuration.md; --llm and --yes belong on the command line, keys in the environment"
    return "see docs/schemas/pgaudit-config-1.json"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the configuration file."""
    return msgspec.json.schema(Configuration)
