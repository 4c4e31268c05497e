"""`pgaudit review`: what a senior database architect would say of this database, every statement on evidence."""

from __future__ import annotations

import os
from pathlib import Path

from pgaudit.cli import options as opt
from pgaudit.cli import review_options as own


def review(
    target: opt.TargetArgument = None,
    dsn: opt.DsnOption = None,
    format_name: own.ReviewFormat = None,
    output: own.ReviewOutput = None,
    context: own.ContextFile = None,
    previous: own.Previous = None,
    proposal: own.Proposal = None,
    related: own.Related = None,
    shadow_dsn: own.ShadowDsn = None,
    no_shadow: own.NoShadow = False,
    llm: own.Llm = False,
    llm_model: own.LlmModel = None,
    llm_effort: own.LlmEffort = "high",
    llm_base_url: own.LlmBaseUrl = None,
    llm_timeout: own.LlmTimeout = 600,
    llm_record: own.LlmRecord = None,
    llm_replay: own.LlmReplay = None,
    redaction: own.RedactionLevel = None,
    dry_run: own.DryRun = False,
    show_prompt: own.ShowPrompt = False,
    max_cost_usd: own.MaxCost = None,
    yes: own.Yes = False,
    record: own.RecordReview = False,
    store: opt.StoreOption = None,
    record_as: opt.RecordAs = None,
    fail_on: opt.FailOn = None,
    exit_zero: opt.ExitZero = False,
    config: opt.ConfigOption = None,
    isolated: opt.IsolatedOption = False,
    statement_timeout: opt.StatementTimeout = 30,
    lock_timeout: opt.LockTimeout = 200,
    connect_timeout: opt.ConnectTimeout = 10,
    progress: opt.ProgressOption = "auto",
    verbose: opt.Verbose = 0,
    quiet: opt.Quiet = 0,
) -> int:
    """Write a review of a live database, or of a snapshot of one: audit, verdict, changes in order.

    Written by rules, without a language model and without a network, unless --llm asks for one; a key in the
    environment alone sends nothing. Markdown goes to stdout unless --output is given.
    """
    from pgaudit.cli.outputs import parse_severity
    from pgaudit.cli.recording import recording_of
    from pgaudit.cli.review_choices import Given, ModelChoices, chosen
    from pgaudit.cli.review_delivery import Delivery, carry_out, parse_review_outputs
    from pgaudit.cli.review_run import ReviewRequest, gathered
    from pgaudit.cli.terminal import set_up_logging
    from pgaudit.config import load_configuration
    from pgaudit.review.context.reading import read_context
    from pgaudit.review.documents.formats import format_named
    from probes.collect.session import Limits

    set_up_logging(verbose)
    loaded = load_configuration(Path.cwd(), explicit=config, isolated=isolated)
    given = Given(format_name, llm_model, redaction, max_cost_usd, context, related, shadow_dsn, not no_shadow)
    by = chosen(given, loaded, os.environ)
    delivery = Delivery(
        wanted=format_named(by.format_name),
        outputs=parse_review_outputs(output or []),
        fail_on=parse_severity("--fail-on", fail_on or "none"),
        exit_zero=exit_zero,
        recording=recording_of(store, record_as, record=record, quiet=bool(quiet)),
        progress="off" if quiet else progress,
        quiet=quiet,
    )
    model = ModelChoices(
        wanted=llm,
        effort=llm_effort,
        base_url=llm_base_url,
        seconds=llm_timeout,
        record=llm_record,
        replay=llm_replay,
        dry_run=dry_run,
        show_prompt=show_prompt,
        consents=yes,
    ).request(by, os.environ)
    request = ReviewRequest(
        target=target,
        dsn=dsn,
        configuration=loaded.configuration,
        context=read_context(by.context) if by.context else None,
        previous=previous,
        proposal=proposal,
        related=by.related,
        shadow=not no_shadow,
        shadow_dsn=by.shadow_dsn,
        limits=Limits(statement_timeout_ms=statement_timeout * 1000, lock_timeout_ms=lock_timeout),
        connect_timeout_s=connect_timeout,
    )
    return carry_out(lambda line: gathered(request, line), model, delivery)
