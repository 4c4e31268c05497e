"""The rule about statements that the server will not run."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Flag, Group, rule
from migrations_safety.timeline import Step
from probes.finding import Severity

_IN_TRANSACTION = "25001"


@rule("The server will refuse the statement", Group.BREAKS, Severity.HIGH)
def refused_by_server(step: Step) -> Iterator[Flag]:
    """The statement fails whatever the rows are, and the deploy with it.

    What: An object is missing or in the way, or the statement cannot run in the transaction it is in.

    Why it matters: The migration stops half way; what ran before it outside a transaction stays.

    When it is harmless: Never, unless the script expects the error.

    What to do: Mend the statement, or move it out of the transaction (your tool's mark for that is in its manual).

    Known limits: Without a database only what the script itself made is known.

    Unsafe: begin; create index concurrently on orders (customer_id); commit
    Safe: create index concurrently on orders (customer_id)
    """
    refusal = step.effects.refusal
    if refusal is None or not step.effects.is_refused:
        return
    hint = " (each statement of one message, and of a runner's transaction, is in a block)"
    yield Flag(
        message=f"the server refuses it: {refusal.message}{hint if refusal.sqlstate == _IN_TRANSACTION else ''}",
        evidence={"sqlstate": refusal.sqlstate},
        # Without a catalog an earlier DO block or template may have made what seems to be missing.
        severity=None if step.has_catalog or refusal.sqlstate == _IN_TRANSACTION else Severity.MEDIUM,
    )
