"""`pgaudit review --llm`: what is shown before anything leaves, and who carries it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

import typer

from pgaudit.cli.terminal import remark
from pgaudit.errors import BadConfiguration, OutputNotWritable
from pgaudit.reports.escaping import printable
from pgaudit.review.backends.anthropic.backend import ModelBackend, Planned, Settings, estimate_of, planned_for
from pgaudit.review.backends.anthropic.cost import PRICES_OF, Estimate
from pgaudit.review.backends.anthropic.exchange import DEFAULT_BASE_URL
from pgaudit.review.backends.offline.backend import OfflineBackend
from pgaudit.review.backends.replay import RecordingCaller, ReplayCaller, read_exchanges
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.documents.envelope import Review, reviewed
from pgaudit.review.documents.parts import Mode
from pgaudit.review.drafting.court import DraftCourt
from pgaudit.review.redaction.secret import pseudonym_key
from pgaudit.review.redaction.wire import Redaction, Redactor
from pgaudit.utc import utc_text

if TYPE_CHECKING:
    from pgaudit.cli.review_choices import Chosen, ModelChoices
    from pgaudit.cli.review_run import Gathered
    from pgaudit.cli.terminal import Progress
    from pgaudit.review.backends.anthropic.exchange import Caller
    from pgaudit.review.backends.anthropic.ledger import Ledger
    from pgaudit.review.documents.formats import Format

KEY_VARIABLES = ("PGAUDIT_ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What was asked for."""

    settings: Settings
    redaction: Redaction
    base_url: str
    key: str | None = field(repr=False)
    record: Path | None = None
    replay: Path | None = None
    dry_run: bool = False
    show_prompt: bool = False
    consents: bool = False
    by_project: str | None = None
    """Which keys of which configuration file had a say."""
    proxy: str | None = None
    """Host and port of the proxy that the environment puts between."""

    @property
    def sends_nothing(self) -> bool:
        """Whether it only shows what would be sent."""
        return self.dry_run or self.show_prompt


def model_request(choices: ModelChoices, by: Chosen, environment: Mapping[str, str]) -> ModelRequest:
    """The request, checked before anything is connected to. Raises BadConfiguration and OutputNotWritable."""
    key = next((environment[name] for name in KEY_VARIABLES if environment.get(name)), None)
    base_url = choices.base_url or DEFAULT_BASE_URL
    address = _split(base_url, "--llm-base-url")
    if address.scheme != "https" and address.hostname not in _LOOPBACK:
        raise BadConfiguration("--llm-base-url", "is no https address", "evidence leaves encrypted or not at all")
    if choices.record is not None and not choices.record.parent.is_dir():
        raise OutputNotWritable(choices.record, "its folder does not exist")
    request = ModelRequest(
        settings_of(choices, by),
        _level(by.redaction),
        base_url,
        key,
        record=choices.record,
        replay=choices.replay,
        dry_run=choices.dry_run,
        show_prompt=choices.show_prompt,
        consents=choices.consents,
        by_project=by.by_project,
        proxy=_proxy(address, environment),
    )
    if key is None and not request.sends_nothing and request.replay is None:
        raise BadConfiguration("--llm", f"there is no key ({' and '.join(KEY_VARIABLES)} are unset)", "set one of them")
    if not (request.sends_nothing or request.replay or request.consents or sys.stdin.isatty()):
        raise BadConfiguration("--llm", "nobody is there to agree to what would be sent", "add --yes, or --dry-run")
    return request


def _proxy(address: SplitResult, environment: Mapping[str, str]) -> str | None:
    """The proxy that requests to an address pass, by the variables that the SDK reads."""
    given = {name.lower(): value for name, value in environment.items() if value}
    proxy = given.get(f"{address.scheme}_proxy") or given.get("all_proxy")
    spared = {one.strip() for one in given.get("no_proxy", "").split(",")}
    return None if proxy is None or spared & {"*", address.hostname} else _place(_split(proxy, "the proxy's variable"))


def _split(url: str, source: str) -> SplitResult:
    """An address in its parts. Raises BadConfiguration, which repeats none of it: it may hold a password."""
    refused = BadConfiguration(source, "is no address", "write https://host or https://host:port")
    try:
        address = urlsplit(url if "//" in url else f"//{url}")
        is_whole = bool(address.hostname) and address.port != 0
    except ValueError:
        raise refused from None
    if not is_whole:
        raise refused
    return address


def _place(address: SplitResult) -> str:
    """Host and port, without who logs in there."""
    return f"{address.hostname}:{address.port}" if address.port else str(address.hostname)


def _level(redaction: str) -> Redaction:
    try:
        return Redaction(redaction)
    except ValueError:
        known = ", ".join(one.value for one in Redaction)
        raise BadConfiguration("--redaction", f"{redaction!r} is no level", f"choose one of {known}") from None


def written_with_model(
    found: Gathered, wanted: Format, request: ModelRequest, data_folder: Path, progress: Progress
) -> tuple[Review, Ledger] | None:
    """The review and what it took; None where it was only to be shown what would be sent, or consent was refused."""
    pack = found.pack
    redactor = Redactor(pack, request.redaction, pseudonym_key(data_folder))
    decisions = decide(pack)
    planned = planned_for(pack, OfflineBackend().write(pack, decisions, wanted), redactor, request.settings)
    if request.show_prompt:
        for one in planned:
            typer.echo(one.request.encoded().decode())
        return None
    for line in announcement(planned, request):
        typer.echo(line, err=True)
    if request.dry_run:
        return None
    if not (request.replay or _consented(request)):
        remark("nothing was sent and no review was written; without --llm, rules write it")
        return None
    court = DraftCourt(found.catalog, found.checks, found.of_drafts)
    progress.phase = "asking the model"
    backend = ModelBackend(_caller(request), redactor, request.settings, court=court, progress=progress)
    document = backend.write(pack, decisions, wanted)
    progress.clear()
    typer.echo(_used(backend.ledger), err=True)
    now = utc_text(datetime.now(UTC))
    return reviewed(pack, wanted, document, backend.reviewer, now), backend.ledger


def _used(ledger: Ledger) -> str:
    tokens = ledger.usage
    spent = "cost unknown" if ledger.cost_usd is None else f"{ledger.cost_usd:.4f} US dollars"
    counts = f"{tokens.all_input_tokens:,} tokens read, {tokens.output_tokens:,} written"
    lost = f", {ledger.lost} broke off and counted as long as they may have been" if ledger.lost else ""
    return f"used: {ledger.calls} answers{lost}, {counts}, {spent}"


def announcement(planned: list[Planned], request: ModelRequest) -> Iterator[str]:
    """What is said before anything is sent."""
    estimate = estimate_of(planned, request.settings)
    records = len({identity for one in planned for identity in one.sent})
    way = f"{_place(urlsplit(request.base_url))}{f', through the proxy {request.proxy}' if request.proxy else ''}"
    yield f"host: {way if request.replay is None else f'none, answers come from {request.replay}'}"
    yield f"model: {printable(request.settings.model)}, effort {request.settings.effort}"
    yield f"redaction: {request.redaction.value}; {records} records in {estimate.calls} requests"
    left_out = sum(one.left_out for one in planned)
    if left_out:
        yield f"left out for length: {left_out} records, the mildest of each request"
    yield f"tokens: about {estimate.input_tokens:,} read, at most {estimate.most_output_tokens:,} written (estimates)"
    yield f"cost: {'none' if request.replay else _money(estimate, request.settings)}"
    if request.by_project:
        yield f"configured: {printable(request.by_project)}"


def _money(estimate: Estimate, settings: Settings) -> str:
    if estimate.low_usd is None or estimate.high_usd is None:
        none = "" if settings.max_cost_usd is None else "; nothing is asked, for the limit could not be kept"
        return f"unknown, because no price of {printable(settings.model)} is known{none}"
    limit = f"; stops before {settings.max_cost_usd:g}" if settings.max_cost_usd is not None else ""
    return f"{estimate.low_usd:.2f} to {estimate.high_usd:.2f} US dollars by prices of {PRICES_OF}{limit}"


def _consented(request: ModelRequest) -> bool:
    return request.consents or typer.confirm("Send this?", err=True)


def _caller(request: ModelRequest) -> Caller:
    if request.replay is not None:
        return ReplayCaller(read_exchanges(request.replay))
    # the SDK is loaded here and nowhere else: whoever does not ask for it does not pay for it
    from pgaudit.review.backends.anthropic.caller import AnthropicCaller

    live = AnthropicCaller(request.key or "", request.base_url)
    return RecordingCaller(live, request.record) if request.record else live


def settings_of(choices: ModelChoices, by: Chosen) -> Settings:
    """How the model is asked. Raises BadConfiguration for an effort that does not exist."""
    efforts = ("low", "medium", "high", "xhigh", "max")
    if choices.effort not in efforts:
        told = f"{choices.effort!r} is no effort"
        raise BadConfiguration("--llm-effort", told, f"choose one of {', '.join(efforts)}")
    return Settings(
        model=by.model,
        effort=choices.effort,
        max_cost_usd=None if choices.replay else by.max_cost_usd,  # what is recorded is paid for
        seconds=float(choices.seconds),
        mode=Mode.MODEL if choices.replay is None else Mode.REPLAY,
    )
