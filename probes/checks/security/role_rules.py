"""Single roles and what they may do, as rows of data."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Role
from probes.catalog.rows import PgAuthMembers, PgRole
from probes.check import Thresholds, Unchecked
from probes.checks._support.exposure import ADMINISTRATORS
from probes.checks._support.rules import Rule, check_of
from probes.checks._support.server_refs import SERVER, role_ref
from probes.finding import Advice, Fix, Observed, Severity

_DAY = 86_400
_FILE_ROLES = frozenset({"pg_execute_server_program", "pg_write_server_files", "pg_read_server_files"})
_WEAK_KINDS = frozenset({"md5"})
_NO_KINDS = frozenset({"none"})
_NEEDS_SUPERUSER = "password kinds are in pg_authid"


class ExpiryAt(Thresholds, frozen=True):
    """Thresholds of password expiry."""

    warning_days: int = 7
    """How long ahead it is reported."""


def _people(catalog: Catalog) -> Iterator[Role]:
    """Login roles that are neither made by the server nor by the provider of a managed one."""
    for role in catalog.roles:
        if role.row.can_login and not role.is_predefined and role.name not in ADMINISTRATORS:
            yield role


def _many_superusers(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    found = [role for role in _people(catalog) if role.row.superuser]
    own = min((role.oid for role in found), default=0)  # initdb makes the first one
    for role in found if len(found) > 1 else []:
        if role.oid != own:
            yield Observed(
                object=role_ref(role.name),
                message=f"role {role.name} logs in as superuser, one of {len(found)}",
                evidence={"superusers": tuple(sorted(one.name for one in found))},
                remedy=Fix(
                    sql=(f"alter role {quoted(role.name)} nosuperuser",),
                    changes=("pg_roles",),
                    note="Grant pg_monitor, pg_maintain or the ownership it needs first.",
                ),
            )


def _superuser_reachable(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    superusers = {role.oid: role for role in catalog.roles if role.row.superuser}
    for role in _people(catalog):
        if role.row.superuser:
            continue
        reached = sorted(superusers[oid].name for oid in role.reachable if oid in superusers)
        if reached:
            yield Observed(
                object=role_ref(role.name),
                message=f"role {role.name} can become superuser by SET ROLE {reached[0]}",
                evidence={"superusers": tuple(reached)},
                remedy=Fix(
                    sql=tuple(
                        f"revoke {quoted(catalog.role(row.role).name)} from {quoted(role.name)}"  # type: ignore[union-attr]
                        for row in catalog.rows(PgAuthMembers)
                        if row.member == role.oid and _leads_to(catalog, row.role, superusers)
                    ),
                    changes=("pg_auth_members",),
                ),
            )


def _leads_to(catalog: Catalog, oid: int, superusers: dict[int, Role]) -> bool:
    role = catalog.role(oid)
    return role is not None and bool(role.reachable & superusers.keys())


def _predefined_role_members(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    for row in catalog.rows(PgAuthMembers):
        group, member = catalog.role(row.role), catalog.role(row.member)
        if not group or not member or member.is_predefined or member.row.superuser:
            continue
        mighty = group.name in _FILE_ROLES
        if mighty or group.name in {"pg_write_all_data", "pg_read_all_data", "pg_signal_backend"}:
            yield Observed(
                object=role_ref(member.name),
                message=f"role {member.name} is a member of {group.name}"
                + (", which is as good as superuser" if mighty else ", which reaches beyond any grant"),
                evidence={"role": group.name},
                remedy=Fix(
                    sql=(f"revoke {quoted(group.name)} from {quoted(member.name)}",),
                    changes=("pg_auth_members",),
                    note="Jobs that copy files, run programs or read every table with this role stop working.",
                ),
                severity=Severity.HIGH if mighty else None,
                key=(group.name,),
            )


def _bypassrls_role(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    for role in _people(catalog):
        if role.row.bypass_rls and not role.row.superuser:
            yield Observed(
                object=role_ref(role.name),
                message=f"role {role.name} logs in and no policy binds it",
                evidence={"replication": role.row.replication},
                remedy=Fix(
                    sql=(f"alter role {quoted(role.name)} nobypassrls",),
                    changes=("pg_roles",),
                    note="What it does afterwards is subject to policies: backups and reports need some of their own.",
                ),
            )


def _password_expiring(catalog: Catalog, at: ExpiryAt) -> Iterator[Observed]:
    for role in _people(catalog):
        if role.row.valid_until is None:
            continue
        days_left = (role.row.valid_until - catalog.server.collected_at) / _DAY
        if days_left <= at.warning_days:
            state = "expired" if days_left < 0 else f"expires in {days_left:.0f} days"
            yield Observed(
                object=role_ref(role.name),
                message=f"the password of role {role.name} {state}: new sessions are refused from then on",
                evidence={"days_left": round(days_left, 1)},
                remedy=Advice("Set a new password with \\password and a new date. Only its owner should know it."),
            )


def _by_password(
    test: Callable[[PgRole], bool], message: str, advice: str
) -> Callable[[Catalog, Thresholds], Iterator[Observed | Unchecked]]:
    """A judge of login roles by the kind of password they have."""

    def judge(catalog: Catalog, _at: Thresholds) -> Iterator[Observed | Unchecked]:
        people = list(_people(catalog))
        if any(role.row.password_kind is None for role in people):
            yield Unchecked(None, _NEEDS_SUPERUSER, "a superuser")
            return
        for role in people:
            if test(role.row):
                yield Observed(
                    object=role_ref(role.name),
                    message=f"role {role.name} {message}",
                    evidence={"password_kind": role.row.password_kind, "scram_iterations": role.row.scram_iterations},
                    remedy=Advice(advice),
                )

    return judge


def _no_connection_limit(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    for role in _people(catalog):
        if role.row.connection_limit < 0 and not role.row.superuser:
            yield Observed(
                object=role_ref(role.name),
                message=f"role {role.name} may take every connection there is",
                evidence={},
                remedy=Fix(
                    sql=(f"alter role {quoted(role.name)} connection limit 50",),
                    changes=("pg_roles",),
                    note="Choose a limit above the size of all its pools together.",
                ),
            )


def _login_roles_review(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    names = tuple(sorted(role.name for role in _people(catalog)))
    if names:
        yield Observed(
            object=SERVER,
            message=f"{len(names)} roles can log in: {', '.join(names[:5])}",
            evidence={"roles": names},
            remedy=Advice("Look for people who have left and services that are gone; who they are SQL cannot tell."),
        )


_ROLES = (PgRole, PgAuthMembers)
_ATTRIBUTES = "https://www.postgresql.org/docs/current/role-attributes.html"
_PREDEFINED = "https://www.postgresql.org/docs/current/predefined-roles.html"
_PASSWORDS = "https://www.postgresql.org/docs/current/auth-password.html"

_RULES = (
    Rule(
        id="security/many_superusers",
        title="More than one superuser logs in",
        severity=Severity.MEDIUM,
        areas=(PgRole,),
        judge=_many_superusers,
        what="Beside the role that initdb made, other login roles are superusers.",
        why="No grant and no policy binds a superuser, who may also run programs on the server. Each further "
        "password of that kind is a further way to lose everything.",
        harmless="Two administrators, each under his own name, and nothing automatic.",
        fix="Give the role what it really does: pg_monitor for watching, ownership for migrations, pg_maintain (17) "
        "for upkeep. Then take the attribute away; it counts at once.",
        decided="rolsuper with LOGIN; the oldest of them is taken for the server's own.",
        limits="Roles of managed services that only look like superusers are left out by their names.",
        source=_ATTRIBUTES,
    ),
    Rule(
        id="security/superuser_reachable",
        title="Role that can become superuser",
        severity=Severity.HIGH,
        areas=_ROLES,
        judge=_superuser_reachable,
        what="A login role that is no superuser is, through memberships, able to SET ROLE to one.",
        why="It is a superuser with one more statement. Reviews that list superusers do not show it.",
        harmless="It is an administrator's own role, made so that superuser rights are taken up deliberately.",
        fix="Revoke the membership that leads there. A session that has already set the role keeps it until it ends.",
        decided="Memberships are followed to any depth; from 16 on only those that allow SET.",
        limits="Ways by SECURITY DEFINER functions or by predefined roles are other checks.",
        source="https://www.postgresql.org/docs/current/role-membership.html",
    ),
    Rule(
        id="security/predefined_role_members",
        title="Member of a far-reaching predefined role",
        severity=Severity.MEDIUM,
        areas=_ROLES,
        judge=_predefined_role_members,
        what="A role is a member of a predefined role that reads or writes all data, signals others, or touches the "
        "server's files and programs.",
        why="Programs and files of the server's own user are as good as superuser. Reading all data goes past every "
        "grant that was withheld.",
        harmless="A backup tool, or a loader that COPYs files, in a role of its own.",
        fix="Revoke the membership and grant the few tables or functions that are needed.",
        decided="Direct members of those roles, superusers and other predefined roles aside. pg_monitor and its kin "
        "are not reported.",
        limits="Members of members are not listed each; the group they come by is.",
        source=_PREDEFINED,
    ),
    Rule(
        id="security/bypassrls_role",
        title="Login role that no policy binds",
        severity=Severity.HIGH,
        areas=(PgRole,),
        judge=_bypassrls_role,
        what="A role that is no superuser can log in and has BYPASSRLS.",
        why="Row level security is the wall between tenants; this role walks through it, by a password that sits in "
        "some service's configuration.",
        harmless="pg_dump needs it, in a role that does nothing else.",
        fix="Take the attribute away and give the role policies that say what it is for. It counts for the next "
        "statement.",
        decided="rolbypassrls with LOGIN, and not rolsuper.",
        limits="A role that can SET ROLE to such a one is not listed here.",
        source=_ATTRIBUTES,
    ),
    Rule(
        id="security/password_expiring",
        title="Password that expires soon, or has",
        severity=Severity.MEDIUM,
        areas=(PgRole,),
        thresholds=ExpiryAt,
        judge=_password_expiring,
        what="VALID UNTIL of a login role lies within a week, or in the past.",
        why="On that second new sessions are refused, while those of the pool go on: the outage comes with the next "
        "restart of the application.",
        harmless="The role was retired that way on purpose. NOLOGIN says so more clearly.",
        fix="Set a new password and a later date; both take effect for new sessions. The password is for its owner "
        "to choose, so no statement is given.",
        decided="The date against the server's clock. Without a date a password never expires.",
        limits="Methods that use no password, such as cert, ignore the date.",
        source="https://www.postgresql.org/docs/current/sql-createrole.html",
    ),
    Rule(
        id="security/stored_md5_password",
        title="Password stored as MD5",
        severity=Severity.MEDIUM,
        areas=(PgRole,),
        judge=_by_password(
            lambda row: row.password_kind in _WEAK_KINDS,
            "has an MD5 password, which leaks by its hash alone",
            "Set password_encryption to scram-sha-256 and have the owner set the password again with \\password; "
            "nobody else can, for the hash does not give the password back.",
        ),
        what="The password of a login role is kept as an MD5 hash.",
        why="Whoever reads the hash, in a backup or a dump of roles, can log in with it without knowing the password.",
        harmless="The role can only come by a method that asks for no password.",
        fix="The client must speak SCRAM (every driver since 2018 does). Then the password is set anew, to the same "
        "value if need be.",
        decided="The form of the stored password, of which only its kind leaves the server.",
        limits="Visible to superusers only; a stolen hash of the past is not known.",
        source=_PASSWORDS,
    ),
    Rule(
        id="security/login_without_password",
        title="Login role without a password",
        severity=Severity.LOW,
        areas=(PgRole,),
        judge=_by_password(
            lambda row: row.password_kind in _NO_KINDS and not row.superuser,
            "can log in and has no password: any line with trust lets everybody be it",
            "Set a password with \\password, or NOLOGIN where nobody comes as this role; which of them only you know.",
        ),
        what="A role has LOGIN and no password at all.",
        why="It can come only by methods that ask for none: peer, cert, or trust. With trust that is anybody.",
        harmless="It logs in by a certificate, by peer, or through a directory.",
        fix="Find out how it logs in, from pg_hba.conf and the log. Give it a password, or take LOGIN away.",
        decided="No stored password and no superuser.",
        limits="The methods that apply to the role are not worked out.",
        source="https://www.postgresql.org/docs/current/client-authentication.html",
    ),
    Rule(
        id="security/scram_iterations_low",
        title="Password with few SCRAM iterations",
        severity=Severity.LOW,
        areas=(PgRole,),
        judge=_by_password(
            lambda row: row.scram_iterations is not None and row.scram_iterations < 4096,
            "has a SCRAM password with fewer than 4096 iterations",
            "Reset scram_iterations and have the password set again by its owner; nobody else knows it.",
        ),
        what="The stored password was hashed in fewer rounds than the server's default.",
        why="The rounds are what makes guessing slow once the hash is stolen.",
        harmless="The password is long and random, as those made by a machine are.",
        fix="Raise scram_iterations (16 and later) and set the password again; each login costs a little more.",
        decided="The number stands in the stored verifier and is read from there.",
        limits="Only superusers see it.",
        source="https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-SCRAM-ITERATIONS",
    ),
    Rule(
        id="security/role_without_connection_limit",
        title="Role without a limit on its connections",
        severity=Severity.INFO,
        areas=(PgRole,),
        judge=_no_connection_limit,
        what="An ordinary login role may open as many sessions as the server allows.",
        why="One service with a leak of connections locks out all the others.",
        harmless="A pooler in front limits it.",
        fix="ALTER ROLE ... CONNECTION LIMIT counts for new sessions only.",
        decided="rolconnlimit is -1; superusers are not limited by it anyway.",
        limits="How many it really uses is not looked up.",
        source=_ATTRIBUTES,
        pedantic=True,
    ),
    Rule(
        id="security/login_roles_review",
        title="Roles that can log in",
        severity=Severity.INFO,
        areas=(PgRole,),
        judge=_login_roles_review,
        what="A list of all roles with LOGIN.",
        why="Roles of people who left and of services that were switched off are doors that nobody watches.",
        harmless="Every name on the list is known.",
        fix="Set NOLOGIN first, wait a while, then reassign what the role owns and drop it.",
        decided="Predefined roles and those of managed services are left out.",
        limits="The server does not record when a role last logged in.",
        source="https://www.postgresql.org/docs/current/role-removal.html",
        pedantic=True,
    ),
)

CHECKS = tuple(check_of(rule) for rule in _RULES)
