"""What a review is made with: what the command line says, else `[review]` of the project, else what is usual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pgaudit.config import Loaded
from pgaudit.errors import BadConfiguration
from pgaudit.review.backends.anthropic.exchange import DEFAULT_MODEL
from pgaudit.server.url import parse_target

if TYPE_CHECKING:
    from pgaudit.cli.review_llm import ModelRequest

DEFAULT_FORMAT = "authority"
DEFAULT_REDACTION = "names"
OF_MODELS = frozenset({"llm-model", "redaction", "max-cost-usd"})
OF_EVIDENCE = frozenset({"context", "shadow-dsn-env"})
EVERY_KEY = OF_MODELS | OF_EVIDENCE | {"format", "related-env"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line or the environment says; None where neither does."""

    format_name: str | None = None
    model: str | None = None
    redaction: str | None = None
    max_cost_usd: float | None = None
    context: Path | None = None
    related: str | None = None
    shadow_dsn: str | None = None
    shadow: bool = True
    """Whether a shadow database is wanted at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What holds."""

    format_name: str
    model: str
    redaction: str
    max_cost_usd: float | None
    context: Path | None
    related: str | None = field(repr=False)
    shadow_dsn: str | None = field(repr=False)
    by_project: str | None
    """Which keys of which file speak, for people; None where none does."""


@dataclass(frozen=True, slots=True)
class ModelChoices:
    """The options about a language model, as they were given."""

    wanted: bool
    """`--llm`."""
    effort: str = "high"
    base_url: str | None = None
    seconds: int = 600
    record: Path | None = None
    replay: Path | None = None
    dry_run: bool = False
    show_prompt: bool = False
    consents: bool = False

    @property
    def asks(self) -> bool:
        """Whether they speak of a model: some do although `--llm` is not among them."""
        return self.wanted or self.replay is not None or self.dry_run or self.show_prompt

    def request(self, by: Chosen, environment: Mapping[str, str]) -> ModelRequest | None:
        """What is asked of the model, checked; None where nothing is. Raises BadConfiguration."""
        if not self.asks:
            return None
        from pgaudit.cli.review_llm import model_request

        return model_request(self, by, environment)


def chosen(
    given: Given, loaded: Loaded, environment: Mapping[str, str], *, reads: frozenset[str] = EVERY_KEY
) -> Chosen:
    """What holds for a command that reads these keys of `[review]`.

    Raises:
        BadConfiguration: The context file or a variable that the configuration names is not there, or the limit is no
            number.
        BadTarget: The shadow server's URL is none.
    """
    asked, said = _Project(loaded, reads), loaded.configuration.review
    limit = asked.unless(given.max_cost_usd, "max-cost-usd", said.max_cost_usd)
    if limit is not None and not limit >= 0:
        raise BadConfiguration("--max-cost-usd", f"{limit:g} limits nothing", "write 0 or more US dollars")
    shadow_dsn = None
    if given.shadow:
        shadow_dsn = asked.of_variable(given.shadow_dsn, "shadow-dsn-env", said.shadow_dsn_env, environment)
    if shadow_dsn is not None:
        parse_target(shadow_dsn, source="--shadow-dsn" if given.shadow_dsn else str(said.shadow_dsn_env))
    return Chosen(
        format_name=asked.unless(given.format_name, "format", said.format) or DEFAULT_FORMAT,
        model=asked.unless(given.model, "llm-model", said.llm_model) or DEFAULT_MODEL,
        redaction=asked.unless(given.redaction, "redaction", said.redaction) or DEFAULT_REDACTION,
        max_cost_usd=limit,
        context=asked.file(given.context, "context", said.context),
        related=asked.of_variable(given.related, "related-env", said.related_env, environment),
        shadow_dsn=shadow_dsn,
        by_project=asked.told(),
    )


class _Project:
    """The configuration file, asked key by key; it remembers which keys had a say."""

    def __init__(self, loaded: Loaded, reads: frozenset[str]) -> None:
        self._file = loaded.path or Path()
        self._reads = reads
        self._spoke: list[str] = []

    def unless(self, given: T | None, key: str, said: T | None) -> T | None:
        """What was given, else what the key says."""
        if given is not None or said is None or key not in self._reads:
            return given
        self._spoke.append(key)
        return said

    def file(self, given: Path | None, key: str, said: str | None) -> Path | None:
        """The same of a path, which starts in the folder of the configuration file and has to be there."""
        name = self.unless(None if given is None else str(given), key, said)
        if given is not None or name is None:
            return given
        path = self._file.parent / name
        if not path.is_file():
            advice = "mend the path, or write the file with `pgaudit context init`"
            raise BadConfiguration(str(self._file), f"{key} of [review] names {path}, which is not there", advice)
        return path

    def of_variable(self, given: str | None, key: str, said: str | None, environment: Mapping[str, str]) -> str | None:
        """The same of a variable's value; the key names the variable."""
        name = self.unless(given, key, said)
        if given is not None or name is None:
            return given
        value = environment.get(name, "").strip()
        if not value:
            advice = f"set {name}, give the flag, or leave the file out with --isolated"
            raise BadConfiguration(str(self._file), f"{key} of [review] names {name}, which is not set", advice)
        return value

    def told(self) -> str | None:
        """Which keys spoke, and in which file."""
        return f"{', '.join(self._spoke)} by [review] of {self._file}" if self._spoke else None
