"""What lines of pg_hba.conf let in, as rows of data."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgAuthMembers, PgHbaRule, PgRole
from probes.check import Thresholds
from probes.checks._support.hba import NETWORK_TYPES, is_local, network_of, place, rule_ref, rule_text
from probes.checks._support.rules import Rule, check_of
from probes.finding import Advice, Observed, Severity

_HBA = "https://www.postgresql.org/docs/current/auth-pg-hba-conf.html"
_WIDEST_V4_PREFIX = 16
_WIDEST_V6_PREFIX = 32
_PROVES_BY_NETWORK = frozenset({"reject", "cert"})


class WideAt(Thresholds, frozen=True):
    """How wide a network may be."""

    widest_ipv4_prefix: int = _WIDEST_V4_PREFIX
    widest_ipv6_prefix: int = _WIDEST_V6_PREFIX


Test = Callable[[Catalog, PgHbaRule, Thresholds], bool]


def _lines(test: Test, consequence: str, advice: str) -> Callable[[Catalog, Thresholds], Iterator[Observed]]:
    """A judge that reports the lines which pass the test."""

    def judge(catalog: Catalog, at: Thresholds) -> Iterator[Observed]:
        for rule in catalog.rows(PgHbaRule):
            if rule.error is None and rule.method != "reject" and test(catalog, rule, at):
                yield Observed(
                    object=rule_ref(rule),
                    message=f"{place(rule)} ({rule_text(rule)}) {consequence}",
                    evidence={"place": place(rule), "method": rule.method},
                    remedy=Advice(f"{advice} The file lies outside of SQL, so no statement can change it."),
                )

    return judge


def _is_md5(_catalog: Catalog, rule: PgHbaRule, _at: Thresholds) -> bool:
    return rule.method == "md5"


def _is_ident(_catalog: Catalog, rule: PgHbaRule, _at: Thresholds) -> bool:
    return rule.method == "ident" and rule.type in NETWORK_TYPES


def _is_wide(_catalog: Catalog, rule: PgHbaRule, at: Thresholds) -> bool:
    if rule.type not in NETWORK_TYPES or rule.method in _PROVES_BY_NETWORK or not isinstance(at, WideAt):
        return False
    network = network_of(rule)
    if network is None:
        return rule.address == "all"
    widest = at.widest_ipv4_prefix if network.version == 4 else at.widest_ipv6_prefix
    return network.prefixlen < widest and not network.is_loopback


def _covers_everything(_catalog: Catalog, rule: PgHbaRule, _at: Thresholds) -> bool:
    everything = "all" in rule.databases and "all" in rule.users
    return everything and rule.type in NETWORK_TYPES and not is_local(rule)


def _admits_superusers(catalog: Catalog, rule: PgHbaRule, _at: Thresholds) -> bool:
    if rule.type not in NETWORK_TYPES or is_local(rule):
        return False
    superusers = [role for role in catalog.roles if role.row.superuser and role.row.can_login]
    if "all" in rule.users:
        return bool(superusers)
    groups = {user[1:] for user in rule.users if user.startswith("+")}
    for role in superusers:
        names = {found.name for oid in role.inherited if (found := catalog.role(oid))}
        if role.name in rule.users or names & groups:
            return True
    return False


def _is_plain(_catalog: Catalog, rule: PgHbaRule, _at: Thresholds) -> bool:
    return rule.type in {"host", "hostnossl"} and rule.method != "gss" and not is_local(rule)


_RULES = (
    Rule(
        id="security/hba_md5",
        title="Passwords checked by MD5",
        severity=Severity.MEDIUM,
        areas=(PgHbaRule,),
        judge=_lines(
            _is_md5,
            "accepts MD5 hashes, which can be replayed by whoever has read them",
            "Give the roles SCRAM passwords first, then write scram-sha-256 and reload.",
        ),
        what="A line of pg_hba.conf uses the method md5.",
        why="The stored hash itself is enough to log in, so a leaked backup is a leaked password; and MD5 is guessed "
        "at billions of tries a second. PostgreSQL 18 warns of it and a later version will drop it.",
        harmless="All roles have SCRAM passwords already: then md5 means SCRAM, and only the word is out of date.",
        fix="Set password_encryption to scram-sha-256, have every password set anew, look at "
        "security/stored_md5_password, then change the word and reload.",
        decided="The method of each line that has no error.",
        limits="Which kinds of password the roles of the line have is another check.",
        source="https://www.postgresql.org/docs/current/auth-password.html",
    ),
    Rule(
        id="security/hba_ident",
        title="Clients asked who they are by ident",
        severity=Severity.MEDIUM,
        areas=(PgHbaRule,),
        judge=_lines(
            _is_ident,
            "believes what the client's own machine says about its user",
            "Use scram-sha-256 or cert for these clients and reload.",
        ),
        what="A line for network connections uses the method ident.",
        why="The server asks port 113 of the client's machine for the user's name. Whoever controls that machine, or "
        "an address in between, answers what he likes.",
        harmless="A closed network of machines run by the same people who run the server.",
        fix="Change the method for those lines, one group of clients at a time, and reload after each.",
        decided="ident on host lines. On local lines the server takes it for peer, which is sound.",
        limits="Whether an ident server answers at all is not tried.",
        source="https://www.postgresql.org/docs/current/auth-ident.html",
    ),
    Rule(
        id="security/hba_wide_address",
        title="Logins from nearly anywhere",
        severity=Severity.HIGH,
        areas=(PgHbaRule,),
        thresholds=WideAt,
        judge=_lines(
            _is_wide,
            "lets clients try from a very wide range of addresses",
            "Name the networks that your clients really come from and reload.",
        ),
        what="The address of a line is everything, or a network wider than a /16 (a /32 for IPv6).",
        why="Every machine in that range may guess passwords and try whatever hole the next version closes.",
        harmless="A firewall in front lets only known addresses through; it should stay the second line all the same.",
        fix="Take the addresses of a week from pg_stat_activity or from the log with log_connections, write those "
        "networks, keep your own session open, reload, and try a new login.",
        decided="The length of the prefix, in both address families, and the key word all. Lines with the method "
        "cert are left out, as are loopback addresses.",
        limits="samenet can be wide as well, but how wide the server's own network is is not known here.",
        source=_HBA + "#AUTH-PG-HBA-CONF",
    ),
    Rule(
        id="security/hba_all_users_all_databases",
        title="A line for all users and all databases",
        severity=Severity.LOW,
        areas=(PgHbaRule,),
        judge=_lines(
            _covers_everything,
            "covers every role and every database",
            "Write one line for each application with its role and its database, and reload.",
        ),
        what="A line for the network says all for the database and all for the user.",
        why="The application's machines may then try the administrators' roles, and the maintenance database too.",
        harmless="One application, one role, one database, and administrators who come by the socket.",
        fix="Put the narrower lines before the wide one, watch which logins still use the wide one, then take it away.",
        decided="Both columns contain all and the address is not this machine's own.",
        limits="A narrower reject line before it is not taken into account.",
        source=_HBA + "#EXAMPLE-PG-HBA.CONF",
    ),
    Rule(
        id="security/hba_superuser_remote",
        title="Superusers may log in over the network",
        severity=Severity.HIGH,
        areas=(PgHbaRule, PgRole, PgAuthMembers),
        judge=_lines(
            _admits_superusers,
            "lets superusers in from other machines",
            "Put a reject line for the superusers before it, or name the other roles, and reload.",
        ),
        what="A line for addresses other than the machine's own covers a login role that is superuser.",
        why="A superuser can read files and run programs on the server. A guessed or leaked password is then the "
        "machine, not just the data.",
        harmless="The addresses are those of an administrators' host that is guarded as well as the server.",
        fix="Administrators come through SSH and the local socket, or become superuser by SET ROLE after logging in "
        "under their own name. Keep a session open while you try.",
        decided="all, the role's name, or a group (+name) it belongs to, on host lines with any method but reject.",
        limits="An earlier reject line that takes precedence is not recognised; a key word such as samerole is not "
        "resolved.",
        source=_HBA,
    ),
    Rule(
        id="security/hba_plain_host",
        title="Connections over the network without TLS",
        severity=Severity.HIGH,
        areas=(PgHbaRule,),
        judge=_lines(
            _is_plain,
            "accepts connections without encryption",
            "Switch ssl on where it is off, which takes a certificate; write hostssl in place of host, once every "
            "client can speak TLS, and reload.",
        ),
        what="A host or hostnossl line is for other machines, so clients may come without TLS.",
        why="Queries and results, all personal data among them, travel in clear text and can be changed on the way. "
        "Most clients prefer TLS, but fall back silently when somebody in between refuses it.",
        harmless="The network is a tunnel that is encrypted by itself.",
        fix="Look at pg_stat_ssl for sessions without TLS, set sslmode on those clients, then change the lines.",
        decided="Lines of these two types for addresses that are not the machine's own; GSSAPI is left out.",
        limits="Encryption below TCP is not seen.",
        source="https://www.postgresql.org/docs/current/ssl-tcp.html",
    ),
)

CHECKS = tuple(check_of(rule) for rule in _RULES)
