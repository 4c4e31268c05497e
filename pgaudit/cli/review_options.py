"""Options of `pgaudit review` alone, spelled once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

ReviewFormat = Annotated[
    Optional[str],  # noqa: UP045 - typer resolves annotations at run time
    typer.Option(
        "--format",
        "-f",
        envvar="PGAUDIT_REVIEW_FORMAT",
        help="authority, panel, position-card, plan, checklist, expert or diagnosis. Default: authority.",
        show_default=False,
    ),
]
ReviewOutput = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--output", "-o", envvar="PGAUDIT_OUTPUT", help="Path ending in .md, .html, .json or .yaml; repeatable."
    ),
]
ContextFile = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--context", envvar="PGAUDIT_CONTEXT", help="What the database cannot tell; see `context init`."),
]
Previous = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--previous", envvar="PGAUDIT_PREVIOUS", help="Earlier review or scan as JSON, to say what became of it."
    ),
]
Proposal = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--proposal", envvar="PGAUDIT_PROPOSAL", help="Proposed SQL, migrations, Markdown or Prisma schema."),
]
Related = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--related", envvar="PGAUDIT_RELATED", help="Second database, or its snapshot, linked by ids alone."),
]
ShadowDsn = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--shadow-dsn",
        envvar="PGAUDIT_SHADOW_DSN",
        help="Throw-away server of nobody else's to prove changes on: functions and expressions of the audited "
        "database run there. Default: our own.",
    ),
]
NoShadow = Annotated[bool, typer.Option("--no-shadow", help="Prove nothing: every change stays UNPROVEN.")]
Llm = Annotated[
    bool, typer.Option("--llm", help="Have a language model add prose; shows first what would be sent, and asks.")
]
LlmModel = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--llm-model",
        envvar="PGAUDIT_LLM_MODEL",
        help="Name of the model. Default: claude-opus-5-5.",
        show_default=False,
    ),
]
LlmEffort = Annotated[str, typer.Option("--llm-effort", help="low, medium, high, xhigh or max.")]
LlmBaseUrl = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--llm-base-url", help="Address of the Messages API, or of a gateway to it."),
]
LlmTimeout = Annotated[int, typer.Option("--llm-timeout", min=1, help="Seconds for all requests together.")]
LlmRecord = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--llm-record", help="Keep answers in this file, and ask nothing twice."),
]
LlmReplay = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--llm-replay", help="Take answers from this file alone; no network."),
]
RedactionLevel = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--redaction",
        envvar="PGAUDIT_REDACTION",
        help="What may leave: names, hashed (no names) or full (texts as well). Default: names.",
        show_default=False,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show host, model, tokens and cost of --llm; send nothing.")]
ShowPrompt = Annotated[bool, typer.Option("--show-prompt", help="Print the requests of --llm as JSON; send nothing.")]
MaxCost = Annotated[
    Optional[float],  # noqa: UP045
    typer.Option(
        "--max-cost-usd", envvar="PGAUDIT_MAX_COST_USD", min=0.0, help="Ask no further where this could be passed."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Send without asking.")]
RecordReview = Annotated[
    bool,
    typer.Option(
        "--record", envvar="PGAUDIT_RECORD", help="Keep what this review took and came to; see `history --reviews`."
    ),
]
