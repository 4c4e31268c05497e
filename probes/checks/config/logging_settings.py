"""What the server logs, as rows of data."""

from __future__ import annotations

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgSetting
from probes.checks._support.setting_rules import (
    SettingRule,
    check_of,
    is_number,
    is_value,
    seconds_of,
    value_of,
)
from probes.finding import Severity

_LOG = "runtime-config-logging.html#"
_QUIETER_THAN_WARNING = ("error", "log", "fatal", "panic")
_QUIETER_THAN_ERROR = ("log", "fatal", "panic")


def _collects_nothing(catalog: Catalog, setting: PgSetting) -> bool:
    """Stderr without a collector is fine for a supervisor that catches it; csvlog and jsonlog are lost."""
    destination = catalog.setting("log_destination")
    return (
        value_of(setting) == "off" and destination is not None and "log" in value_of(destination).replace("syslog", "")
    )


def _lacks_escapes(_catalog: Catalog, setting: PgSetting) -> bool:
    prefix = value_of(setting)
    has_time = any(escape in prefix for escape in ("%m", "%t", "%n"))
    return not (has_time and "%p" in prefix and "%u" in prefix and "%d" in prefix)


def _is_quick_without_sampling(catalog: Catalog, setting: PgSetting) -> bool:
    sampled = catalog.setting("log_min_duration_sample")
    return 0 <= seconds_of(setting) < 0.1 and (sampled is None or seconds_of(sampled) < 0)


def _logs_no_slow_query(catalog: Catalog, setting: PgSetting) -> bool:
    others = ("log_min_duration_sample", "auto_explain.log_min_duration")
    found = [catalog.setting(name) for name in others]
    return seconds_of(setting) < 0 and all(one is None or seconds_of(one) < 0 for one in found)


_RULES = (
    SettingRule(
        id="config/log_destination_unset",
        title="log_destination is empty",
        setting="log_destination",
        is_bad=is_value(""),
        severity=Severity.LOW,
        message="messages of the server go nowhere",
        good="'stderr'",
        what="No destination for the log is named.",
        why="Errors, deadlocks and failed logins leave no trace.",
        harmless="Nowhere that anybody would like to look into an incident.",
        fix="Name stderr, or csvlog or jsonlog together with the logging collector, and reload.",
        decided="The list is empty.",
        limits="A destination that is named may still be full or unread.",
        source=_LOG + "GUC-LOG-DESTINATION",
        self_hosted=True,
    ),
    SettingRule(
        id="config/logging_collector_off",
        title="logging_collector is off while a file format needs it",
        setting="logging_collector",
        is_bad=_collects_nothing,
        severity=Severity.LOW,
        message="csvlog and jsonlog need the collector, without it they write nothing",
        good="on",
        what="The log is asked for as csvlog or jsonlog, but the process that writes those files does not run.",
        why="The tool that reads the log finds no file, and nobody misses the alarms it no longer raises.",
        harmless="Only stderr matters, and the container or systemd keeps that.",
        fix="Switch the collector on and restart, or take the file formats out of log_destination.",
        decided="log_destination names csvlog or jsonlog and logging_collector is off. Plain stderr without a "
        "collector is how containers work and is not reported.",
        limits="Whether anybody keeps what goes to stderr is not known.",
        source=_LOG + "GUC-LOGGING-COLLECTOR",
        self_hosted=True,
    ),
    SettingRule(
        id="config/log_file_mode",
        title="Log files can be read by others",
        setting="log_file_mode",
        is_bad=lambda _catalog, setting: int(setting.value, 8) & 0o137 != 0,
        severity=Severity.LOW,
        message="other users of the machine can read statements and their literals",
        good="'0600'",
        what="The permission bits for new log files let others read, or the group write, or anybody execute.",
        why="Logs hold statements as they were sent, with the names, addresses and passwords in them.",
        harmless="Nobody else has an account on the machine.",
        fix="Set 0600, or 0640 for a group of administrators, and reload. Files that exist keep their mode: change "
        "those by hand.",
        decided="Any bit beyond owner read and write and group read.",
        limits="The folder's own mode and the collector being off are not considered.",
        source=_LOG + "GUC-LOG-FILE-MODE",
        self_hosted=True,
    ),
    SettingRule(
        id="config/log_min_messages",
        title="Warnings are not logged",
        setting="log_min_messages",
        is_bad=is_value(*_QUIETER_THAN_WARNING),
        severity=Severity.LOW,
        message="warnings of the server, such as checkpoints that come too often, are not kept",
        good="warning",
        what="The server's log begins at a level above WARNING.",
        why="Collation versions, wraparound and torn replication slots announce themselves as warnings first.",
        harmless="Never worth the few lines it saves.",
        fix="Set warning and reload. If it then logs too much, find the source of the warnings.",
        decided="error, log, fatal and panic are quieter than warning.",
        limits="A role may have a level of its own.",
        source=_LOG + "GUC-LOG-MIN-MESSAGES",
    ),
    SettingRule(
        id="config/log_min_error_statement",
        title="Statements that fail are not logged",
        setting="log_min_error_statement",
        is_bad=is_value(*_QUIETER_THAN_ERROR),
        severity=Severity.LOW,
        message="an error stands in the log without the statement that caused it",
        good="error",
        what="The text of a statement that ends in an error is left out of the log.",
        why="An error message alone seldom tells which part of the application sent what.",
        harmless="Statement texts are too sensitive for the log, and the application logs its own errors.",
        fix="Set error and reload; look at who may read the log first.",
        decided="log, fatal and panic leave ordinary errors without their statement.",
        limits="log_parameter_max_length_on_error, which adds parameters, is a question of its own.",
        source=_LOG + "GUC-LOG-MIN-ERROR-STATEMENT",
    ),
    SettingRule(
        id="config/debug_print",
        title="Parse trees or plans are printed into the log",
        setting="debug_print_plan",
        is_bad=lambda catalog, _setting: any(
            (one := catalog.setting(f"debug_print_{tree}")) is not None and value_of(one) == "on"
            for tree in ("parse", "rewritten", "plan")
        ),
        severity=Severity.LOW,
        message="at least one debug_print setting is on, and every statement writes pages of log",
        good=None,
        together=("debug_print_parse", "debug_print_rewritten"),
        what="Internal trees of every statement are logged.",
        why="A single query writes hundreds of lines, with constants in them. The disk fills, and useful messages "
        "drown.",
        harmless="For minutes, while somebody debugs the planner.",
        fix="Reset each of the three and reload.",
        decided="debug_print_parse, debug_print_rewritten or debug_print_plan is on.",
        limits="Settings of single roles are not considered.",
        source=_LOG + "GUC-DEBUG-PRINT-PARSE",
    ),
    SettingRule(
        id="config/log_hostname_on",
        title="log_hostname is on",
        setting="log_hostname",
        is_bad=is_value("on"),
        severity=Severity.LOW,
        message="each connection waits for a name server",
        good="off",
        what="The name of each client's machine is looked up when it connects.",
        why="A slow or absent name server delays every login by seconds, and a pool that refills at once waits for "
        "all.",
        harmless="Names come from /etc/hosts.",
        fix="Switch it off and reload; addresses in the log can be resolved later.",
        decided="on, whatever the resolver's speed.",
        limits="How long lookups take is not measured.",
        source=_LOG + "GUC-LOG-HOSTNAME",
    ),
    SettingRule(
        id="config/log_line_prefix",
        title="Log lines do not say when, who and where",
        setting="log_line_prefix",
        is_bad=_lacks_escapes,
        severity=Severity.LOW,
        message="log lines lack one of time, process, role and database",
        good="'%m [%p] %q%u@%d/%a %h '",
        what="log_line_prefix lacks a time, the process number, the role or the database.",
        why="Lines of one session cannot be put together, and programs such as pgBadger cannot say whose queries "
        "they sum up.",
        harmless="Only csvlog or jsonlog is read, which carry all of it anyway.",
        fix="Set a prefix with all four, and tell the program that parses the log.",
        decided="It looks for %m, %t or %n, and for %p, %u and %d.",
        limits="The server's default has time and process only and is therefore reported.",
        source=_LOG + "GUC-LOG-LINE-PREFIX",
        self_hosted=True,
        pedantic=True,
    ),
    SettingRule(
        id="config/log_statement_heavy",
        title="Every statement is logged",
        setting="log_statement",
        is_bad=is_value("all", "mod"),
        severity=Severity.LOW,
        message="each such statement is written to the log, with its literals",
        good="ddl",
        what="All statements, or all that write, go to the log.",
        why="On a busy server the log becomes the largest writer, and it collects personal data and passwords.",
        harmless="Traffic is thin, or a regulation asks for it; then the pgAudit extension says more, more precisely.",
        fix="Set ddl and reload. For slow statements use log_min_duration_statement, for load pg_stat_statements.",
        decided="mod and all.",
        limits="How much is written depends on the traffic, which is not looked at.",
        source=_LOG + "GUC-LOG-STATEMENT",
    ),
    SettingRule(
        id="config/log_statement_none",
        title="Changes of the schema are not logged",
        setting="log_statement",
        is_bad=is_value("none"),
        severity=Severity.INFO,
        message="nobody can tell later who changed the schema",
        good="ddl",
        what="Data definition leaves no line in the log.",
        why="When a column is gone, the first question is who dropped it and when.",
        harmless="Migrations are the only source of change, and they keep their own record.",
        fix="Set ddl and reload. CREATE ROLE and ALTER ROLE are logged as well, so send password hashes, not "
        "passwords.",
        decided="none is reported, every other level is not.",
        limits="The pgAudit extension or an event trigger may record the same.",
        source=_LOG + "GUC-LOG-STATEMENT",
        pedantic=True,
    ),
    SettingRule(
        id="config/log_connections_off",
        title="Connections are not logged",
        setting="log_connections",
        is_bad=is_value("off", ""),
        severity=Severity.INFO,
        message="who connected, and from where, is not recorded",
        good="on",
        what="Successful logins are not written to the log.",
        why="After a leaked password the list of logins is what tells how far it went. Connection storms show there "
        "too.",
        harmless="A pooler in front keeps such a list.",
        fix="Set it on and reload; from 18 on a list such as 'authorization' chooses the stages.",
        decided="off, or from 18 on an empty list.",
        limits="Without a pooler that reconnects seldom the lines may be many.",
        source=_LOG + "GUC-LOG-CONNECTIONS",
        pedantic=True,
    ),
    SettingRule(
        id="config/log_disconnections_off",
        title="Disconnections are not logged",
        setting="log_disconnections",
        is_bad=is_value("off"),
        severity=Severity.INFO,
        message="how long sessions lasted is not recorded",
        good="on",
        what="The end of a session leaves no line.",
        why="Session lengths show clients that connect for every query, and those that never let go.",
        harmless="pg_stat_database counts sessions and their time from 14 on.",
        fix="Switch it on and reload.",
        decided="The value off.",
        limits="A backend that is killed writes no such line either way.",
        source=_LOG + "GUC-LOG-DISCONNECTIONS",
        pedantic=True,
    ),
    SettingRule(
        id="config/log_lock_waits_off",
        title="Long lock waits are not logged",
        setting="log_lock_waits",
        is_bad=is_value("off"),
        severity=Severity.LOW,
        message="sessions that wait for a lock longer than deadlock_timeout leave no trace",
        good="on",
        what="A session that waits long for a lock does so in silence.",
        why="Lock queues behind a migration last seconds and are gone when somebody looks. The log line names both "
        "sides.",
        harmless="A monitor samples pg_locks every few seconds.",
        fix="Switch it on and reload; it costs nothing until somebody waits.",
        decided="The value off, which was the default up to 18.",
        limits="Waits shorter than deadlock_timeout are never logged.",
        source=_LOG + "GUC-LOG-LOCK-WAITS",
    ),
    SettingRule(
        id="config/log_temp_files_off",
        title="Temporary files are not logged",
        setting="log_temp_files",
        is_bad=is_number(lambda number: number < 0),
        severity=Severity.INFO,
        message="queries that sort or hash on disk leave no trace in the log",
        good="'10MB'",
        what="Files that queries spill to disk are not reported, however large.",
        why="A query that spills gigabytes slows down everything on the same disk; the counter in pg_stat_database "
        "does not tell which query it was.",
        harmless="pg_stat_statements is there and its temp_blks_written is watched.",
        fix="Set a size such as 10MB and reload.",
        decided="-1 means never.",
        limits="The size of single files counts, not of all files of a query.",
        source=_LOG + "GUC-LOG-TEMP-FILES",
        pedantic=True,
    ),
    SettingRule(
        id="config/log_checkpoints_off",
        title="Checkpoints are not logged",
        setting="log_checkpoints",
        is_bad=is_value("off"),
        severity=Severity.LOW,
        message="how often and why checkpoints run cannot be told from the log",
        good="on",
        what="Checkpoints run without a line in the log.",
        why="Stalls that come every few minutes are checkpoints as a rule. The line says what started one, how much "
        "it wrote and how long it took.",
        harmless="pg_stat_checkpointer is sampled by a monitor.",
        fix="Switch it on and reload: a line or two every five minutes.",
        decided="off, the default up to 14.",
        limits="None worth naming: the setting is global.",
        source=_LOG + "GUC-LOG-CHECKPOINTS",
    ),
    SettingRule(
        id="config/log_autovacuum_off",
        title="Autovacuum works unlogged",
        setting="log_autovacuum_min_duration",
        is_bad=is_number(lambda number: number < 0),
        severity=Severity.INFO,
        message="runs of autovacuum, however long, leave no trace",
        good="'10min'",
        what="Even an autovacuum of hours is not reported.",
        why="Its line says how many dead rows could not be removed and why: the quickest way to find what holds back "
        "the xmin horizon.",
        harmless="Nothing is lost but insight.",
        fix="Set ten minutes, the default since 15, and reload.",
        decided="-1, the default up to 14.",
        limits="Tables may have a value of their own as a storage parameter.",
        source=_LOG + "GUC-LOG-AUTOVACUUM-MIN-DURATION",
    ),
    SettingRule(
        id="config/slow_query_log_off",
        title="Slow statements are not logged",
        setting="log_min_duration_statement",
        is_bad=_logs_no_slow_query,
        severity=Severity.LOW,
        message="no statement is logged for being slow, by this setting, by sampling or by auto_explain",
        good="'1s'",
        what="Neither the slow query log nor a sample of it nor auto_explain is on.",
        why="pg_stat_statements has averages; the one call that took a minute, with its parameters, is only in the "
        "log.",
        harmless="An outside monitor captures slow calls.",
        fix="Set a second to begin with and reload. Statements carry literals: mind who reads the log.",
        decided="log_min_duration_statement, log_min_duration_sample and auto_explain.log_min_duration are all "
        "negative.",
        limits="Values bound to roles are not counted.",
        source=_LOG + "GUC-LOG-MIN-DURATION-STATEMENT",
    ),
    SettingRule(
        id="config/slow_query_log_too_low",
        title="Nearly every statement counts as slow",
        setting="log_min_duration_statement",
        is_bad=_is_quick_without_sampling,
        severity=Severity.LOW,
        message="the log takes statements that are not slow at all",
        good="'1s'",
        what="The slow query log begins below a tenth of a second.",
        why="Writing the log takes part in every query's time, and the slow ones are lost among the quick.",
        harmless="For an hour of tracing.",
        fix="Raise it to where users begin to notice, and use log_min_duration_sample below that.",
        decided="From 0 to 100 ms, without a sampling threshold beside it.",
        limits="On a server with little traffic a low value may be right.",
        source=_LOG + "GUC-LOG-MIN-DURATION-STATEMENT",
    ),
    SettingRule(
        id="config/log_replication_commands_off",
        title="Replication commands are not logged",
        setting="log_replication_commands",
        is_bad=is_value("off"),
        severity=Severity.INFO,
        message="who took a base backup or made a slot is not recorded",
        good="on",
        what="Commands of the replication protocol are left out of the log.",
        why="A base backup is a copy of everything. Who took one should be on record.",
        harmless="Only the backup host can reach the replication port.",
        fix="Switch it on and reload.",
        decided="The value off; its lines are few.",
        limits="Logical decoding through SQL functions is not covered by it.",
        source=_LOG + "GUC-LOG-REPLICATION-COMMANDS",
        pedantic=True,
    ),
    SettingRule(
        id="config/log_timezone",
        title="The log is not in UTC",
        setting="log_timezone",
        is_bad=lambda _catalog, setting: value_of(setting).lower() not in {"utc", "gmt", "etc/utc", "etc/gmt", "uct"},
        severity=Severity.INFO,
        message="an hour of the log is ambiguous once a year, and other machines' logs differ",
        good="'UTC'",
        what="Time stamps in the log are local time.",
        why="Lines of several machines are compared by time, and the hour when summer time ends happens twice.",
        harmless="All machines and people share one zone without summer time.",
        fix="Set UTC and reload.",
        decided="Names of UTC and GMT are accepted, nothing else.",
        limits="The zone of the program that collects logs is its own matter.",
        source=_LOG + "GUC-LOG-TIMEZONE",
        self_hosted=True,
        pedantic=True,
    ),
    SettingRule(
        id="config/log_truncate_on_rotation",
        title="Rotated log files are appended to",
        setting="log_truncate_on_rotation",
        is_bad=lambda catalog, setting: value_of(setting) == "off" and _reuses_names(catalog),
        severity=Severity.INFO,
        message="file names come round again, and old lines stay in them",
        good="on",
        what="log_filename comes round to the same names, and the files are not emptied then.",
        why="Each file mixes today's lines with those of last week, and all of them grow for ever.",
        harmless="logrotate or another program takes the files away.",
        fix="Switch it on and reload; from then on a name that returns begins anew.",
        decided="The name has no part for the year or the month, and truncation is off.",
        limits="Programs that move the files away are not seen.",
        source=_LOG + "GUC-LOG-TRUNCATE-ON-ROTATION",
        self_hosted=True,
        pedantic=True,
    ),
)


def _reuses_names(catalog: Catalog) -> bool:
    pattern = catalog.setting("log_filename")
    return pattern is not None and not any(part in value_of(pattern) for part in ("%Y", "%y", "%m", "%j", "%s"))


CHECKS = tuple(check_of(rule) for rule in _RULES)
