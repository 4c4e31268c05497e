"""Money, states, events: what the database shows of payments, APIs and integrations, and what it cannot show."""

from __future__ import annotations

from pgaudit.review.backends.offline.desk import Desk, joined, not_assessed, plural, say, say_if, words
from pgaudit.review.backends.offline.entries import changes_in_words
from pgaudit.review.context.model import InputName
from pgaudit.review.documents.parts import Claim
from pgaudit.review.evidence.records import Record

_MONEY_WORDS = ("invoice", "payment", "payout", "refund", "transaction", "ledger", "charge", "amount", "wallet")


def of_money(record: Record) -> bool:
    """Whether a finding is about a table that carries money by its name."""
    name = str(record.object).lower() if record.object else ""
    is_amount = record.topic.startswith(("money/", "schema/money", "schema/type_money"))
    return is_amount or any(word in name for word in _MONEY_WORDS)


def money_findings(desk: Desk) -> list[Record]:
    """Open findings on tables of money."""
    return [
        record
        for record in desk.found("constraints/", "schema/money", "schema/type_money", "security/", "tenancy/", "money/")
        if of_money(record)
    ]


def invoices(desk: Desk) -> list[Claim]:
    """Which tables of invoices and payments there are; the flows come from people."""
    claims: list[Claim] = []
    amounts = desk.fact("amounts")
    if amounts and words(amounts.facts.get("tables")):
        claims.append(say(f"Amounts stand in {joined(words(amounts.facts.get('tables')))}", amounts))
    stated = desk.given(InputName.PAYMENTS)
    if stated:
        claims.append(say(f"Payments, {stated.says}", stated))
    return [*claims, *not_assessed("whether one kind of invoice would do", desk.lacking(InputName.PAYMENTS))]


def payment_security(desk: Desk) -> list[Claim]:
    """Holes on tables of money, deliveries without an idempotency key, and the trail."""
    return [*exposed_money(desk), *idempotency(desk), *marking(desk)]


def exposed_money(desk: Desk) -> list[Claim]:
    """Ways to rows of money that belong to somebody else."""
    exposed = [record for record in money_findings(desk) if record.topic.startswith(("security/", "tenancy/"))]
    return [say(record.says, record) for record in exposed]


def marking(desk: Desk) -> list[Claim]:
    """Payments that people confirm: outside of the database."""
    return not_assessed(
        "who may mark a payment as made, how it is confirmed, how disputes end", desk.lacking(InputName.PAYMENTS)
    )


def payouts(desk: Desk) -> list[Claim]:
    """Money on its way out: outside of the database."""
    return not_assessed("which payouts are due, sent and confirmed, and who is told", desk.lacking(InputName.PAYMENTS))


def reconciling(desk: Desk) -> list[Claim]:
    """Books held against a payment provider's: outside of the database."""
    return not_assessed(
        "how amounts are held against what the payment provider reports", desk.lacking(InputName.PAYMENTS)
    )


def financial_integrity(desk: Desk) -> list[Claim]:
    """Types, constraints, triggers and the audit trail of tables of money."""
    own = [record for record in money_findings(desk) if not record.topic.startswith(("security/", "tenancy/"))]
    claims = [say(f"Not sound as it stands: {plural(len(own), 'finding')}, the gravest first", *own)] if own else []
    claims += [say(record.says, record) for record in own]
    trail = desk.fact("audit_trail")
    claims += say_if(trail.says if trail else "", trail)
    return claims


def audit_trail(desk: Desk) -> list[Claim]:
    """Whether money leaves a trail."""
    record = desk.fact("audit_trail")
    if record is None:
        return []
    bare = words(record.facts.get("without_trigger"))
    tail = f"; without one: {joined(bare)}" if bare else ""
    log = (
        "The pgAudit extension, which logs statements, is not installed"
        if not record.facts.get("statement_log_extension")
        else "The pgAudit extension logs statements"
    )
    return [say(f"{record.says}{tail}", record), *_trails(desk), say(log, record)]


def _trails(desk: Desk) -> list[Claim]:
    """What this review does about tables of money whose changes leave no trace."""
    found = [one for one in desk.found("constraints/disabled_trigger", "money/financial_table") if _is_trail(one)]
    numbers = desk.numbers(found)
    if not numbers:
        return []
    switch = "switches" if len(numbers) == 1 else "switch"
    return [say(f"{changes_in_words(numbers)} {switch} the trail on for {joined(_tables(found))}", *found)]


def _is_trail(record: Record) -> bool:
    guards_keys = record.change is None or "RI_ConstraintTrigger" in " ".join(record.change.sql)
    return of_money(record) and not guards_keys


def _tables(records: list[Record]) -> list[str]:
    named = (one.object for one in records if one.object)
    return list(dict.fromkeys(f"{one.schema}.{one.table or one.name}" for one in named))


def states(desk: Desk) -> list[Claim]:
    """Columns of state: what limits their values; the transitions are in the code."""
    record = desk.fact("states")
    if record is None:
        return []
    open_ones = words(record.facts.get("unlimited"))
    tail = f"; anything fits into {joined(open_ones)}" if open_ones else ""
    claims = [say(f"{record.says}{tail}", record)]
    if record.facts.get("columns"):
        claims.append(
            say(
                "A list of allowed values does not order them: which state may follow which is guarded by the "
                "application alone unless a trigger compares the old row with the new one",
                record,
            )
        )
    return claims


def idempotency(desk: Desk) -> list[Claim]:
    """Whether a delivery that comes twice is noticed."""
    record = desk.fact("events")
    if record is None:
        return []
    bare = words(record.facts.get("without_idempotency_key"))
    tail = f"; without one: {joined(bare)}" if bare else ""
    claims = [say(f"{record.says}{tail}", record)]
    claims += [say(one.says, one) for one in desk.found("money/idempotency", "money/external")]
    return claims


def webhooks(desk: Desk) -> list[Claim]:
    """Tables of deliveries, and what only the code shows."""
    keyless = [one for one in desk.found("constraints/missing_primary_key") if "webhook" in str(one.object)]
    claims = [*idempotency(desk), *(say(record.says, record) for record in keyless)]
    stated = desk.given(InputName.INTEGRATIONS)
    if stated:
        claims.append(say(f"Integrations, {stated.says}", stated))
    return [*claims, *deliveries_unseen(desk)]


def deliveries_unseen(desk: Desk) -> list[Claim]:
    """What only the code shows of webhooks."""
    lacking = desk.lacking(InputName.INTEGRATIONS)
    return not_assessed("signature checks, retries, and recovery of failed webhooks", lacking)


def breakers(desk: Desk) -> list[Claim]:
    """Calls to other services that are given up: outside of the database."""
    return not_assessed(
        "after how long a call to another service is given up, and when it is tried again",
        desk.lacking(InputName.INTEGRATIONS),
    )


def watching(desk: Desk) -> list[Claim]:
    """Whether anybody watches other services: outside of the database."""
    return _outside(desk, InputName.INTEGRATIONS, "how failures and delays of other services are noticed")


def mail(desk: Desk) -> list[Claim]:
    """E-mail: outside of the database."""
    return _outside(
        desk, InputName.INTEGRATIONS, "whether mail is sent within a transaction, and what happens when it fails"
    )


def outages(desk: Desk) -> list[Claim]:
    """Failures of other services: outside of the database, but for transactions that wait for them."""
    waiting = desk.found("sessions/idle_in_transaction")
    claims = [
        say(f"{record.says}. A call to another service inside a transaction looks like this", record)
        for record in waiting
    ]
    return [*claims, *_outside(desk, InputName.INTEGRATIONS, "what still works while a payment provider is down")]


def rest(desk: Desk) -> list[Claim]:
    """Endpoints: outside of the database."""
    return _outside(desk, InputName.API, "endpoints, verbs, response codes and versions")


def errors(desk: Desk) -> list[Claim]:
    """Errors that the API has to expect from the database as it is."""
    claims: list[Claim] = []
    transactions = desk.fact("transactions")
    claims += say_if(transactions.says if transactions else "", transactions)
    return [*claims, *answers(desk), *partial_failures(desk)]


def answers(desk: Desk) -> list[Claim]:
    """How the API has to answer the errors that the database as it is will raise."""
    claims: list[Claim] = []
    timeouts = desk.found("config/timeouts_unset")
    if timeouts:
        claims.append(
            say(
                f"{timeouts[0].says}; once limits are set (SQLSTATE 57014, 55P03, 25P03), the API has to answer them "
                "as 503 with a retry, not as 500",
                *timeouts,
            )
        )
    exhausted = desk.found("sequences/near_exhaustion", "sequences/behind_column_max")
    if exhausted:
        names = joined(str(record.object) for record in exhausted)
        claims.append(
            say(
                f"Until they are mended, inserts that draw from {names} can fail with SQLSTATE 2200H, 22003 or "
                "23505 for every caller: a server error, not a client error",
                *exhausted,
            )
        )
    return claims


def partial_failures(desk: Desk) -> list[Claim]:
    """What is undone when half of a request fails: outside of the database."""
    return _outside(desk, InputName.API, "how partial failures are undone")


def _outside(desk: Desk, name: InputName, what: str) -> list[Claim]:
    stated = desk.given(name)
    if stated:
        return [say(f"{stated.says} (stated; a rule cannot judge prose, and the database shows nothing of it)", stated)]
    return not_assessed(what, desk.lacking(name))
