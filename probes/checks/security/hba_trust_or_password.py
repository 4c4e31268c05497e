"""Client authentication without proof, or with a password in clear text.

What: A line of pg_hba.conf lets clients in by the method trust, which asks for nothing, or password, which has the
password sent as it is.

Why it matters: With trust whoever reaches the address may log in as any role the line covers, superusers included.
With password everyone on the way, and the server's memory, sees the secret; without TLS that is the whole network.

When it is harmless: A server on one's own desk, or a socket that only the server's own user can reach.

How to fix it safely: Write scram-sha-256 in place of the method (peer, for local lines of administrators), check that
the roles concerned have a SCRAM password, look at pg_hba_file_rules for errors, then reload. Open sessions go on. The
file lives outside of SQL, so there is no statement to run.

How it is decided: The file as the server parses it now. Lines that nobody outside the machine can use are milder, and
so is password inside TLS. The method reject lets nobody in, and lines with an error let nobody in either: those are
reported by config/file_errors.

Known limits: A line that an earlier one always takes precedence of is reported too. Firewalls and socket permissions
are not seen.

Sources: https://www.postgresql.org/docs/current/auth-trust.html
https://www.postgresql.org/docs/current/auth-password.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgHbaRule
from probes.check import Needs, Thresholds, check
from probes.checks._support.hba import is_local, place, rule_ref, rule_text
from probes.finding import Advice, Observed, Severity


@check(
    title="Login without proof or with a clear-text password",
    severity=Severity.CRITICAL,
    needs=Needs(areas=(PgHbaRule,)),
    sources=(
        "https://www.postgresql.org/docs/current/auth-trust.html",
        "https://www.postgresql.org/docs/current/auth-password.html",
    ),
)
def hba_trust_or_password(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each line whose method is trust or password."""
    for rule in catalog.rows(PgHbaRule):
        if rule.error is None and rule.method in {"trust", "password"}:
            yield Observed(
                object=rule_ref(rule),
                message=f"{place(rule)} ({rule_text(rule)}) {_consequence(rule)}",
                evidence={"method": rule.method, "is_local": is_local(rule), "place": place(rule)},
                remedy=Advice(
                    "Write scram-sha-256 (or peer on a local line) in place of the method and reload. The file lies "
                    "outside of SQL, so no statement can change it."
                ),
                severity=_severity(rule),
            )


def _consequence(rule: PgHbaRule) -> str:
    if rule.method == "trust":
        return "lets clients in as any role it covers without asking for anything"
    return "has passwords sent in clear text" + (" inside TLS" if rule.type == "hostssl" else "")


def _severity(rule: PgHbaRule) -> Severity:
    if is_local(rule):
        return Severity.HIGH if rule.method == "trust" else Severity.LOW
    if rule.method == "trust":
        return Severity.CRITICAL
    return Severity.MEDIUM if rule.type == "hostssl" else Severity.HIGH
