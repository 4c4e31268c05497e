"""Sessions as checks look at them."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import literal
from probes.catalog.rows import Session
from probes.check import Unchecked
from probes.finding import Fix, ObjectRef

CLIENT = "client backend"


def session_ref(catalog: Catalog, session: Session) -> ObjectRef:
    """The reference to a session: by what it calls itself or whose it is, for process numbers come and go."""
    role = catalog.role(session.role or 0)
    return ObjectRef("session", session.application_name or (role.name if role else "unknown"))


def client_sessions(catalog: Catalog) -> Iterator[Session]:
    """Sessions of clients whose state we may see."""
    return (session for session in catalog.rows(Session) if session.visible and session.backend_type == CLIENT)


def hidden_sessions(catalog: Catalog) -> Iterator[Unchecked]:
    """One note, where there are any, about the sessions whose state our role may not see."""
    count = sum(not session.visible for session in catalog.rows(Session))
    if count:
        yield Unchecked(
            None,
            f"{count} sessions of other roles hide what they do",
            f"GRANT pg_read_all_stats TO {catalog.server.role}",
        )


def terminate_fix(session: Session, consequence: str) -> Fix:
    """Ends the session, unless its process number has gone to another meanwhile."""
    name = literal(session.application_name or "").strip()
    state = literal(session.state or "").strip()
    terminate = (
        "select pg_catalog.pg_terminate_backend(a.pid) from pg_catalog.pg_stat_activity as a "
        f"where a.pid = {session.pid} and a.application_name = {name} and a.state = {state}"
    )
    return Fix(
        sql=(terminate,),
        changes=("pg_stat_activity",),
        note=f"It ends the session: {consequence}, and its client sees an error.",
    )
