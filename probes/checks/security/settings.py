"""Settings that guard the way into the server, as rows of data."""

from __future__ import annotations

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgHbaRule, PgSetting
from probes.checks._support.setting_rules import (
    IsBad,
    SettingRule,
    check_of,
    is_not_value,
    is_value,
    seconds_of,
    value_of,
)
from probes.finding import Severity

_CONNECTION = "runtime-config-connection.html#"
_EVERYWHERE = frozenset({"*", "0.0.0.0", "::"})  # noqa: S104 - the words are looked for, nothing listens
_OLD_PROTOCOLS = ("", "TLSv1", "TLSv1.1")
_WEAK_CIPHERS = frozenset({"LOW", "EXP", "RC4", "DES", "NULL", "ANULL", "ADH", "MD5", "ALL", "MEDIUM"})


def _listens_everywhere(_catalog: Catalog, setting: PgSetting) -> bool:
    return bool(_EVERYWHERE & {part.strip() for part in value_of(setting).split(",")})


def _is_reached_without_tls(catalog: Catalog, setting: PgSetting) -> bool:
    addresses = catalog.setting("listen_addresses")
    return value_of(setting) == "off" and addresses is not None and value_of(addresses) != ""


def _allows_weak_ciphers(catalog: Catalog, setting: PgSetting) -> bool:
    tls = catalog.setting("ssl")
    if tls is None or value_of(tls) == "off":
        return False
    allowed = [part for part in value_of(setting).replace(",", ":").split(":") if part and part[0] not in "!-"]
    named = {word for part in allowed for word in part.upper().split("+")}
    return not named.isdisjoint(_WEAK_CIPHERS)


def _asks_for_passwords_unguarded(catalog: Catalog, setting: PgSetting) -> bool:
    loaded = value_of(setting) + _loaded(catalog, "session_preload_libraries")
    checks = any(library in loaded for library in ("passwordcheck", "credcheck"))
    return not checks and any(rule.method in {"md5", "scram-sha-256", "password"} for rule in catalog.rows(PgHbaRule))


def _loaded(catalog: Catalog, name: str) -> str:
    setting = catalog.setting(name)
    return value_of(setting) if setting else ""


def _lacks(*libraries: str) -> IsBad:
    return lambda _catalog, setting: not any(library in value_of(setting) for library in libraries)


_RULES = (
    SettingRule(
        id="security/password_encryption_weak",
        title="New passwords are stored as MD5",
        setting="password_encryption",
        is_bad=is_not_value("scram-sha-256"),
        severity=Severity.HIGH,
        message="the next password that is set is stored so that its hash alone suffices to log in",
        good="'scram-sha-256'",
        what="password_encryption is not scram-sha-256.",
        why="An MD5 hash is as good as the password: whoever reads a dump of roles can log in with it.",
        harmless="A driver from before 2018 has to be served a little longer.",
        fix="Set scram-sha-256 and reload. Passwords that are stored already keep their form until they are set again.",
        decided="Every other value: md5, and on in old configurations. md5 was the default up to 13.",
        limits="A role may have a value of its own.",
        source=_CONNECTION + "GUC-PASSWORD-ENCRYPTION",
    ),
    SettingRule(
        id="security/listen_addresses_wildcard",
        title="The server listens on every interface",
        setting="listen_addresses",
        is_bad=_listens_everywhere,
        severity=Severity.LOW,
        message="an interface that is added tomorrow is served as well",
        good=None,
        advice="Name the addresses the server is meant to be reached by and restart. Which those are only you know.",
        what="listen_addresses holds *, 0.0.0.0 or ::.",
        why="A virtual network, a VPN or a second card makes the server reachable from where nobody thought of.",
        harmless="In a container, whose own address is not known beforehand, with a firewall around it.",
        fix="List the addresses by name, loopback among them if tools use it, and restart.",
        decided="Any of the three words in the list.",
        limits="What a firewall lets through is unknown.",
        source=_CONNECTION + "GUC-LISTEN-ADDRESSES",
        self_hosted=True,
    ),
    SettingRule(
        id="security/ssl_off",
        title="TLS is off",
        setting="ssl",
        is_bad=_is_reached_without_tls,
        severity=Severity.HIGH,
        message="everything that goes over the network can be read and changed on the way",
        good=None,
        advice="Put a certificate and its key into the data directory, then set ssl to on and reload. The files "
        "cannot be made in SQL.",
        what="The server speaks no TLS, although it listens on TCP.",
        why="Queries and rows travel in clear text. A client cannot tell whether it talks to the right server either.",
        harmless="Only loopback addresses are listened on, or the network is encrypted beneath.",
        fix="A certificate of your own authority is best; clients then use sslmode=verify-full. A reload suffices.",
        decided="ssl is off and listen_addresses is not empty.",
        limits="Tunnels and proxies that encrypt in front of the server are not seen.",
        source="ssl-tcp.html",
        self_hosted=True,
    ),
    SettingRule(
        id="security/ssl_min_protocol",
        title="Old versions of TLS are accepted",
        setting="ssl_min_protocol_version",
        is_bad=is_value(*_OLD_PROTOCOLS),
        severity=Severity.MEDIUM,
        message="clients may come with a version of TLS that is broken",
        good="'TLSv1.2'",
        what="The oldest version of TLS that is accepted is below 1.2.",
        why="TLS 1.0 and 1.1 rest on MD5 and SHA-1 and were withdrawn in 2021.",
        harmless="TLS is off altogether; then it has no effect.",
        fix="Set TLSv1.2 and reload; pg_stat_ssl shows which clients still use less.",
        decided="The setting, whether or not ssl is on.",
        limits="What the TLS library itself refuses is not known.",
        source=_CONNECTION + "GUC-SSL-MIN-PROTOCOL-VERSION",
    ),
    SettingRule(
        id="security/ssl_weak_ciphers",
        title="Weak ciphers are accepted",
        setting="ssl_ciphers",
        is_bad=_allows_weak_ciphers,
        severity=Severity.LOW,
        message="the list names ciphers that are too weak to rely on",
        good="'HIGH:!aNULL:!MD5'",
        what="The list of ciphers for TLS 1.2 lets in the groups MEDIUM, LOW or ALL, or single broken ones.",
        why="A client that is talked into such a cipher can be listened to.",
        harmless="Only TLS 1.3 is spoken, which has a list of its own.",
        fix="Set HIGH without anonymous ciphers and reload; old clients may be refused, so look at pg_stat_ssl first.",
        decided="ssl is on and one of those words stands in the list without an exclamation mark. The shipped list "
        "names MEDIUM.",
        limits="What a word means depends on the version of OpenSSL.",
        source=_CONNECTION + "GUC-SSL-CIPHERS",
        self_hosted=True,
    ),
    SettingRule(
        id="security/ssl_prefer_server_ciphers_off",
        title="The client chooses the cipher",
        setting="ssl_prefer_server_ciphers",
        is_bad=is_value("off"),
        severity=Severity.INFO,
        message="the order of the server's list of ciphers does not count",
        good="on",
        what="The client's order of preference wins over the server's.",
        why="A client with a careless library picks the weakest cipher that both know.",
        harmless="All clients are your own.",
        fix="Switch it on and reload.",
        decided="The value off.",
        limits="TLS 1.3 has only strong ciphers to choose from.",
        source=_CONNECTION + "GUC-SSL-PREFER-SERVER-CIPHERS",
        self_hosted=True,
        pedantic=True,
    ),
    SettingRule(
        id="security/authentication_timeout_long",
        title="Clients may take long to log in",
        setting="authentication_timeout",
        is_bad=lambda _catalog, setting: seconds_of(setting) > 60,
        severity=Severity.LOW,
        message="half-open logins hold connections that others need",
        good="'1min'",
        what="A client may take more than a minute to prove who it is.",
        why="Each unfinished login occupies a connection. A hundred of them, opened and left, shut everybody out.",
        harmless="A directory that answers slowly is asked at login.",
        fix="Set a minute, the default, and reload.",
        decided="Longer than sixty seconds.",
        limits="How long logins really take is in the log only.",
        source=_CONNECTION + "GUC-AUTHENTICATION-TIMEOUT",
    ),
    SettingRule(
        id="security/unix_socket_world_writable",
        title="Every user of the machine reaches the socket",
        setting="unix_socket_permissions",
        is_bad=lambda _catalog, setting: int(setting.value, 8) & 0o002 != 0,
        severity=Severity.INFO,
        message="any local program can try to log in",
        good="'0770'",
        what="The server's socket can be written to by everybody on its machine.",
        why="With trust or guessable passwords on local lines, a hole in any other service is a way in.",
        harmless="It is the default, and local lines ask for proof.",
        fix="Set 0770 and unix_socket_group to the group of the programs that need it, then restart.",
        decided="The bit for writing by others.",
        limits="The permissions of the folder the socket lies in are not known.",
        source=_CONNECTION + "GUC-UNIX-SOCKET-PERMISSIONS",
        self_hosted=True,
        pedantic=True,
    ),
    SettingRule(
        id="security/allow_system_table_mods_on",
        title="System catalogs may be changed by hand",
        setting="allow_system_table_mods",
        is_bad=is_value("on"),
        severity=Severity.HIGH,
        message="a superuser's mistake can leave the cluster unable to start",
        good="off",
        what="allow_system_table_mods is on for new sessions.",
        why="It takes away the guard before the structure of system tables. A column dropped there ends the database.",
        harmless="For one repair, in one session, by somebody who has a copy of the files.",
        fix="Switch it off and reload.",
        decided="The value for sessions to come.",
        limits="What was changed while it was on is not found.",
        source="runtime-config-developer.html#GUC-ALLOW-SYSTEM-TABLE-MODS",
    ),
    SettingRule(
        id="security/no_password_policy_library",
        title="Nothing checks how good a password is",
        setting="shared_preload_libraries",
        is_bad=_asks_for_passwords_unguarded,
        severity=Severity.INFO,
        message="the server takes any password, its own role's name included",
        good=None,
        advice="Load passwordcheck or credcheck and restart. Adding to the list by SQL would have to repeat what "
        "else is loaded, so edit it with the rest in sight.",
        what="Passwords are used, and neither passwordcheck nor credcheck is loaded.",
        why="A password typed in a hurry stays for years.",
        harmless="Passwords are made by a program and kept in a vault.",
        fix="Append the library to shared_preload_libraries and restart. It sees only passwords that are sent in "
        "clear text, not those hashed by the client.",
        decided="A line of pg_hba.conf asks for passwords and neither name stands in the lists of libraries.",
        limits="Directories with rules of their own are not known.",
        source="passwordcheck.html",
        more_areas=(PgHbaRule,),
        self_hosted=True,
        pedantic=True,
    ),
    SettingRule(
        id="security/pgaudit_missing",
        title="The pgAudit extension is not loaded",
        setting="shared_preload_libraries",
        is_bad=_lacks("pgaudit"),
        severity=Severity.INFO,
        message="there is no audit log that says who read or changed what",
        good=None,
        advice="Install the pgAudit extension, add it to the list and restart. It must be on the server's disk first.",
        what="pgAudit is not among the preloaded libraries.",
        why="Regulations such as PCI DSS ask who saw which rows; log_statement gives texts, not objects.",
        harmless="Nobody asks for such a record.",
        fix="Begin with pgaudit.log = 'ddl, role', and measure before read or write are added.",
        decided="The word is not in shared_preload_libraries.",
        limits="Other products that record the same are not known.",
        source="runtime-config-client.html#GUC-SHARED-PRELOAD-LIBRARIES",
        pedantic=True,
    ),
    SettingRule(
        id="security/no_auth_delay",
        title="Failed logins may be repeated at once",
        setting="shared_preload_libraries",
        is_bad=_lacks("auth_delay", "credcheck"),
        severity=Severity.INFO,
        message="passwords can be guessed as quickly as the server answers",
        good=None,
        advice="Add auth_delay to the list and restart; which other libraries must stay in it depends on your server.",
        what="Nothing slows down a client that fails to log in.",
        why="Without a delay thousands of guesses a minute fit into a few connections.",
        harmless="The server is not within reach of anybody who would guess.",
        fix="Set auth_delay.milliseconds to 500 or so. Delayed logins hold a connection each, so mind their limit.",
        decided="Neither auth_delay nor credcheck is preloaded.",
        limits="Programs that read the log and block addresses, such as fail2ban, are not seen.",
        source="auth-delay.html",
        self_hosted=True,
        pedantic=True,
    ),
)

CHECKS = tuple(check_of(rule) for rule in _RULES)
