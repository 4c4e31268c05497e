"""Lines of pg_hba.conf as people write them."""

from __future__ import annotations

import ipaddress
import re

from probes.catalog.rows import PgHbaRule
from probes.finding import ObjectRef

NETWORK_TYPES = frozenset({"host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc"})
_PLAIN = re.compile(r"[\w.+@/:-]+\Z")


def network_of(rule: PgHbaRule) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The addresses a rule is for; None for a host name or a key word."""
    if rule.address is None or rule.netmask is None:
        return None
    try:
        prefix = int(ipaddress.ip_address(rule.netmask)).bit_count()
        return ipaddress.ip_network(f"{rule.address}/{prefix}", strict=False)
    except ValueError:
        return None


def is_local(rule: PgHbaRule) -> bool:
    """Whether only processes of the server's own machine can come by the rule."""
    if rule.type == "local":
        return True
    network = network_of(rule)
    return network.is_loopback if network else rule.address in {"localhost", "samehost"}


def address_text(rule: PgHbaRule) -> str | None:
    """The address with its prefix length, or the key word or host name."""
    network = network_of(rule)
    return str(network) if network else rule.address


def rule_text(rule: PgHbaRule) -> str:
    """The line without its options: type, databases, users, address and method, one space between them."""
    parts = (
        rule.type or "",
        ",".join(map(_written, rule.databases)),
        ",".join(map(_written, rule.users)),
        address_text(rule) or "",
        rule.method or "",
    )
    return " ".join(part for part in parts if part)


def rule_ref(rule: PgHbaRule) -> ObjectRef:
    """The reference to a rule: by its words, for lines move."""
    return ObjectRef("hba rule", rule_text(rule))


def place(rule: PgHbaRule) -> str:
    """`pg_hba.conf:12`."""
    return f"{rule.file_name or 'pg_hba.conf'}:{rule.line}"


def _written(name: str) -> str:
    return name if _PLAIN.match(name) else '"' + name.replace('"', '""') + '"'
