"""Whether a connection pooler stands between us and the server, and why we think so."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_NEON = ".neon.tech"


class PoolerVerdict(StrEnum):
    """How sure we are."""

    NONE = "none"
    SUSPECTED = "suspected"
    CERTAIN = "certain"


@dataclass(frozen=True, slots=True)
class PoolerSigns:
    """What was seen of the way to the server.

    Attributes:
        hints: reasons from the URL (`pgaudit.server.url.pooler_hints`).
        announced_pid: the process ID the peer gave at the start of the session; 0 if it gave none.
        backend_pids: what pg_backend_pid() said in successive transactions.
        requested_port: the port we connected to; None over a Unix socket.
        server_port: inet_server_port(); None if the server's client came over a Unix socket.
        host: as connected to.
    """

    hints: Sequence[str]
    announced_pid: int
    backend_pids: Sequence[int]
    requested_port: int | None
    server_port: int | None
    host: str


@dataclass(frozen=True, slots=True)
class Pooler:
    """The judgement, with its reasons in words; empty if there are none."""

    verdict: PoolerVerdict
    reasons: tuple[str, ...]

    @property
    def is_likely(self) -> bool:
        """Whether to warn."""
        return self.verdict is not PoolerVerdict.NONE


def judge_pooler(signs: PoolerSigns) -> Pooler:
    """Gives the judgement on what was seen.

    A session belongs to one server process. So a process ID that changes, or that differs from the one announced, is
    proof: a pooler announces one of its own, because it answers cancel requests. Names and port numbers are only
    hints. A port that differs, alone, is what port forwarding and containers look like.
    """
    proofs = _proofs(signs)
    if proofs:
        return Pooler(PoolerVerdict.CERTAIN, (*proofs, *signs.hints))
    hints = list(signs.hints)
    if hints and signs.requested_port is not None and signs.server_port != signs.requested_port:
        hints.append(f"the server itself listens on {_port(signs.server_port)}, not on {signs.requested_port}")
    return Pooler(PoolerVerdict.SUSPECTED if hints else PoolerVerdict.NONE, tuple(hints))


def _proofs(signs: PoolerSigns) -> list[str]:
    proofs: list[str] = []
    if len(set(signs.backend_pids)) > 1:
        proofs.append("two transactions ran in different server processes")
    # Neon's proxy answers cancel requests itself, on direct connections too.
    invented = signs.announced_pid and signs.announced_pid not in signs.backend_pids
    if invented and not signs.host.lower().endswith(_NEON):
        proofs.append("the server process is not the one announced at the start of the session")
    return proofs


def _port(port: int | None) -> str:
    return f"port {port}" if port is not None else "a Unix socket"
