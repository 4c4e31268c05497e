"""Memory, planner, checkpoints and connections, as rows of data."""

from __future__ import annotations

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgClass, PgSetting
from probes.checks._support.setting_rules import (
    SettingRule,
    bytes_of,
    check_of,
    is_below_bytes,
    is_number,
    is_value,
    seconds_of,
    value_of,
)
from probes.finding import Confidence, Severity

_MIB = 1_048_576
_GIB = 1024 * _MIB
_MEMORY = "runtime-config-resource.html#"
_PLANNER = "runtime-config-query.html#"
_WAL = "runtime-config-wal.html#"


def _relation_bytes(catalog: Catalog) -> int:
    return sum(row.pages + row.toast_pages for row in catalog.rows(PgClass)) * catalog.server.block_size


def _is_small_for_the_data(catalog: Catalog, setting: PgSetting) -> bool:
    return bytes_of(setting) <= 128 * _MIB and _relation_bytes(catalog) > _GIB


def _is_below_shared_buffers(catalog: Catalog, setting: PgSetting) -> bool:
    buffers = catalog.setting("shared_buffers")
    return buffers is not None and bytes_of(setting) < bytes_of(buffers)


def _reserved_share_is_odd(catalog: Catalog, setting: PgSetting) -> bool:
    reserved = int(value_of(setting))
    most = catalog.setting("max_connections")
    return reserved == 0 or (most is not None and reserved > 0.2 * int(value_of(most)))


def _pages_are_not_huge(catalog: Catalog, setting: PgSetting) -> bool:
    buffers = catalog.setting("shared_buffers")
    status = catalog.setting("huge_pages_status")
    is_large = buffers is not None and bytes_of(buffers) > 8 * _GIB
    return is_large and (value_of(setting) == "off" or (status is not None and status.value == "off"))


_RULES = (
    SettingRule(
        id="config/shared_buffers",
        title="shared_buffers is at its shipped size beside much data",
        setting="shared_buffers",
        is_bad=_is_small_for_the_data,
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        message="the shared cache is as small as initdb makes it, and the database is larger than a gigabyte",
        good=None,
        advice="Set a quarter of the machine's memory to begin with and restart. How much memory there is SQL cannot "
        "tell, so no statement is given.",
        what="The shared cache holds 128 MB or less while the database's tables take more than a gigabyte.",
        why="Pages are evicted before they are used again, and each way back to the operating system's cache costs a "
        "copy and a lock on the buffer's slot.",
        harmless="The part of the data in use fits, or the machine has no memory to give.",
        fix="A quarter of memory is a sound start, 40 % the most that usually pays. It takes a restart.",
        decided="The setting against the pages of tables as of the last VACUUM or ANALYZE.",
        limits="Other databases of the same server are not counted, and RAM is unknown.",
        source=_MEMORY + "GUC-SHARED-BUFFERS",
        more_areas=(PgClass,),
        self_hosted=True,
    ),
    SettingRule(
        id="config/work_mem_low",
        title="work_mem is below 4 MB",
        setting="work_mem",
        is_bad=is_below_bytes(4 * _MIB),
        severity=Severity.LOW,
        message="sorts and hashes go to disk early",
        good="'4MB'",
        what="A sort or hash gets less memory than the default of 4 MB.",
        why="Small joins and GROUP BYs write temporary files, and plans with hashes are avoided altogether.",
        harmless="Thousands of connections share little memory on purpose.",
        fix="Set 4 MB or more and reload; compare workload/temp_files before going further.",
        decided="Its bytes are fewer than the server's own default.",
        limits="Larger values for single roles are not considered.",
        source=_MEMORY + "GUC-WORK-MEM",
    ),
    SettingRule(
        id="config/maintenance_work_mem_low",
        title="maintenance_work_mem is at its default or lower beside large tables",
        setting="maintenance_work_mem",
        is_bad=lambda catalog, setting: bytes_of(setting) <= 64 * _MIB and _relation_bytes(catalog) > 10 * _GIB,
        severity=Severity.LOW,
        message="index builds and vacuums of the large tables take several passes",
        good="'512MB'",
        what="Index builds and VACUUM get 64 MB at most, and the database has more than ten gigabytes of tables.",
        why="VACUUM reads every index once for each batch of dead rows that fits; an index build sorts on disk.",
        harmless="Nobody waits for maintenance.",
        fix="Half a gigabyte suits most servers. Autovacuum workers each take as much, unless autovacuum_work_mem "
        "says otherwise.",
        decided="The setting's bytes, and relpages summed up.",
        limits="From 17 on VACUUM needs far less for the same work, so only builds of indexes gain.",
        source=_MEMORY + "GUC-MAINTENANCE-WORK-MEM",
        more_areas=(PgClass,),
    ),
    SettingRule(
        id="config/effective_cache_size",
        title="effective_cache_size is smaller than shared_buffers",
        setting="effective_cache_size",
        is_bad=_is_below_shared_buffers,
        severity=Severity.LOW,
        message="the planner believes that less is cached than the server itself caches",
        good=None,
        advice="Set about three quarters of the machine's memory and reload; how much that is SQL cannot tell.",
        what="The planner's idea of all caches together is less than the server's own cache.",
        why="Index scans look dearer than they are, and the planner reads whole tables instead.",
        harmless="It is wrong in any case, but small databases feel nothing.",
        fix="The setting reserves nothing: shared_buffers plus the operating system's cache is the figure meant.",
        decided="A comparison of the two settings.",
        limits="Memory of the machine is not known.",
        source=_PLANNER + "GUC-EFFECTIVE-CACHE-SIZE",
    ),
    SettingRule(
        id="config/random_page_cost_storage",
        title="random_page_cost is made for spinning disks",
        setting="random_page_cost",
        is_bad=is_number(lambda number: number >= 4),
        severity=Severity.INFO,
        message="the planner thinks a random read four times as dear as one in order",
        good="1.1",
        what="The cost of a random page is 4 or more.",
        why="On solid state disks, and on nearly every cloud volume, it is about the same as a sequential one: index "
        "scans are passed over although they would win.",
        harmless="The data lies on spinning disks, or all of it is cached.",
        fix="Set 1.1 on such storage and reload; watch the slowest statements for a day.",
        decided="The default of 4 is reported as well.",
        limits="What the storage is made of SQL cannot see; tablespaces may have costs of their own.",
        source=_PLANNER + "GUC-RANDOM-PAGE-COST",
        pedantic=True,
    ),
    SettingRule(
        id="config/cost_constants_modified",
        title="Planner costs were changed by hand",
        setting="cpu_tuple_cost",
        is_bad=lambda catalog, _setting: any(
            (one := catalog.setting(name)) is not None
            and float(value_of(one)) != float(one.boot_value or value_of(one))
            for name in ("seq_page_cost", "cpu_tuple_cost", "cpu_index_tuple_cost", "cpu_operator_cost")
        ),
        severity=Severity.INFO,
        message="at least one of the costs that other costs are measured by differs from what the server ships with",
        good=None,
        together=("seq_page_cost", "cpu_index_tuple_cost", "cpu_operator_cost"),
        what="seq_page_cost or one of the processor's costs has another value than the server ships with.",
        why="All costs are ratios. Whoever changes the unit shifts every plan, and few remember it at the next "
        "upgrade.",
        harmless="The values were measured on this machine, and written down.",
        fix="Return to the defaults and move random_page_cost instead.",
        decided="Each value is compared with its boot value; random_page_cost is left out.",
        limits="No judgement on whether the values are good.",
        source=_PLANNER + "RUNTIME-CONFIG-QUERY-CONSTANTS",
        pedantic=True,
    ),
    SettingRule(
        id="config/checkpoint_completion_target",
        title="Checkpoints write in a hurry, or to the last second",
        setting="checkpoint_completion_target",
        is_bad=is_number(lambda number: number < 0.7 or number >= 1),
        severity=Severity.LOW,
        message="writes of a checkpoint are not spread over the time there is",
        good="0.9",
        what="The share of the interval over which a checkpoint writes is below 0.7 or a full 1.",
        why="Below, the disk is flooded and then idle; at 1 the next checkpoint begins before this one is done.",
        harmless="The cluster writes so little that nobody notices.",
        fix="Set 0.9, the default since 14, and reload.",
        decided="The ratio alone. 0.5 was the default up to 13.",
        limits="How long the disk takes to sync is in the log, not here.",
        source=_WAL + "GUC-CHECKPOINT-COMPLETION-TARGET",
    ),
    SettingRule(
        id="config/checkpoint_warning_off",
        title="Checkpoints that come too often are not warned of",
        setting="checkpoint_warning",
        is_bad=is_number(lambda number: number == 0),
        severity=Severity.INFO,
        message="the server does not say when max_wal_size is too small",
        good=None,
        what="The warning about checkpoints close to each other is switched off.",
        why="It is the hint that max_wal_size is too small for the write load.",
        harmless="workload/forced_checkpoints is looked at regularly.",
        fix="Reset it to thirty seconds and reload.",
        decided="Zero switches the warning off.",
        limits="A log level above WARNING hides it too.",
        source=_WAL + "GUC-CHECKPOINT-WARNING",
        pedantic=True,
    ),
    SettingRule(
        id="config/checkpoint_timeout_short",
        title="Checkpoints are started very often",
        setting="checkpoint_timeout",
        is_bad=lambda _catalog, setting: seconds_of(setting) < 180,
        severity=Severity.LOW,
        message="each checkpoint makes the next write of every page a whole page in WAL",
        good="'15min'",
        what="A checkpoint is started after less than three minutes.",
        why="After each one the first change of a page puts all of it into WAL, so WAL multiplies.",
        harmless="Recovery must be over in seconds, whatever it costs.",
        fix="Five to fifteen minutes, with max_wal_size to match; reload.",
        decided="Below 180 seconds.",
        limits="Checkpoints forced by max_wal_size come on top: workload/forced_checkpoints.",
        source=_WAL + "GUC-CHECKPOINT-TIMEOUT",
    ),
    SettingRule(
        id="config/wal_buffers",
        title="wal_buffers is tiny",
        setting="wal_buffers",
        is_bad=is_below_bytes(512 * 1024),
        severity=Severity.INFO,
        message="backends write WAL themselves, before they commit, for want of room",
        good=None,
        what="The buffer for WAL holds less than half a megabyte.",
        why="Concurrent writers fill it within a transaction, and each then waits for the disk.",
        harmless="Hardly anybody writes.",
        fix="Reset it: the server takes a thirty-second of shared_buffers, up to a segment. It needs a restart.",
        decided="The size after the server's own choice.",
        limits="The default shared_buffers of 128 MB gives 4 MB, which is enough.",
        source=_WAL + "GUC-WAL-BUFFERS",
    ),
    SettingRule(
        id="config/huge_pages",
        title="A large shared memory without huge pages",
        setting="huge_pages",
        is_bad=_pages_are_not_huge,
        severity=Severity.LOW,
        message="each backend needs its own page table over the whole shared memory",
        good=None,
        advice="Reserve huge pages in the operating system (see shared_memory_size_in_huge_pages), then set "
        "huge_pages to try and restart. The first half is not SQL.",
        what="More than 8 GB of shared buffers are mapped in pages of 4 kB.",
        why="Page tables take memory per backend, and translations are missed again and again.",
        harmless="Connections are few and long-lived.",
        fix="vm.nr_hugepages first, the server's setting second, and look at huge_pages_status after the restart.",
        decided="off with large shared_buffers; from 17 on also where try did not succeed.",
        limits="Before 17 the server does not say whether try succeeded.",
        source=_MEMORY + "GUC-HUGE-PAGES",
        self_hosted=True,
    ),
    SettingRule(
        id="config/superuser_reserved_connections",
        title="No sensible reserve of connections for administrators",
        setting="superuser_reserved_connections",
        is_bad=_reserved_share_is_odd,
        severity=Severity.MEDIUM,
        message="either nobody can log in to help when connections run out, or the application is denied many",
        good="3",
        what="No connection is kept for superusers, or more than a fifth of all of them are.",
        why="When the application has used up all connections, an administrator needs one to end the culprits.",
        harmless="A local pooler guarantees the administrators' way in.",
        fix="Three is the default; it takes a restart.",
        decided="0, or more than 20 % of max_connections.",
        limits="reserved_connections, from 16 on, is not weighed in.",
        source="runtime-config-connection.html#GUC-SUPERUSER-RESERVED-CONNECTIONS",
        self_hosted=True,
    ),
    SettingRule(
        id="config/synchronize_seqscans_off",
        title="Large sequential scans do not travel together",
        setting="synchronize_seqscans",
        is_bad=is_value("off"),
        severity=Severity.INFO,
        message="two scans of one large table read it twice",
        good="on",
        what="Concurrent sequential scans of one table each begin at its first page.",
        why="Together they would share every read.",
        harmless="An old program relies on the order of rows without ORDER BY.",
        fix="Switch it on and reload; first mend what needs an order.",
        decided="The value off.",
        limits="It matters only for tables larger than a quarter of shared_buffers.",
        source="runtime-config-compatible.html#GUC-SYNCHRONIZE-SEQSCANS",
        pedantic=True,
    ),
    SettingRule(
        id="config/autovacuum_cost_limit",
        title="Autovacuum is throttled as on old disks",
        setting="autovacuum_vacuum_cost_delay",
        is_bad=is_number(lambda number: number >= 10),
        severity=Severity.LOW,
        message="vacuums of large tables take days, and dead rows come faster than they go",
        good="'2ms'",
        what="Autovacuum sleeps ten milliseconds or more after each small portion of work.",
        why="With the usual limit of 200 that allows a few megabytes a second, whatever the disks could do.",
        harmless="Tables are small, or the disks truly have nothing to spare.",
        fix="Set 2 ms, the default since 12, and reload. Raise autovacuum_vacuum_cost_limit when it still lags.",
        decided="Ten milliseconds and more; -1 leaves it to vacuum_cost_delay and is not reported.",
        limits="Tables may have their own delay.",
        source="runtime-config-vacuum.html#GUC-AUTOVACUUM-VACUUM-COST-DELAY",
    ),
    SettingRule(
        id="config/pre_auth_delay",
        title="Logins are delayed for a debugger",
        setting="pre_auth_delay",
        is_bad=lambda catalog, _setting: any(
            (one := catalog.setting(name)) is not None and seconds_of(one) > 0
            for name in ("pre_auth_delay", "post_auth_delay")
        ),
        severity=Severity.MEDIUM,
        message="new sessions wait on purpose, so that somebody can attach a debugger",
        good=None,
        together=("post_auth_delay",),
        what="pre_auth_delay or post_auth_delay makes new connections wait.",
        why="Every login takes seconds longer, and connections pile up while they wait.",
        harmless="A developer is attaching a debugger at this moment.",
        fix="Reset both and reload.",
        decided="Either delay is above zero.",
        limits="A client can ask for post_auth_delay itself, which does not show.",
        source="runtime-config-developer.html#GUC-PRE-AUTH-DELAY",
        aliases=("config/auth_delay_developer",),
    ),
    SettingRule(
        id="config/track_io_timing_off",
        title="Times of reads and writes are not measured",
        setting="track_io_timing",
        is_bad=is_value("off"),
        severity=Severity.INFO,
        message="neither EXPLAIN nor pg_stat_statements can tell waiting for disks from computing",
        good="on",
        what="The server does not measure how long it waits for storage.",
        why="A slow query that reads and one that computes need different remedies.",
        harmless="The clock of the machine is slow to read: pg_test_timing tells.",
        fix="Switch it on and reload, where pg_test_timing shows less than a microsecond.",
        decided="The value off, which is the default.",
        limits="A role may have it on for itself.",
        source="runtime-config-statistics.html#GUC-TRACK-IO-TIMING",
        pedantic=True,
    ),
    SettingRule(
        id="config/autovacuum_untuned",
        title="Autovacuum waits for a fifth of a very large table",
        setting="autovacuum_vacuum_scale_factor",
        is_bad=lambda catalog, setting: float(value_of(setting)) >= 0.2 and _has_huge_table(catalog),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        message="a table of a hundred million rows collects twenty million dead ones before it is vacuumed",
        good="0.05",
        what="The scale factor is at its default or higher, and there are tables of more than 100 million rows.",
        why="A vacuum that comes so late takes hours, and queries wade through dead rows until it does.",
        harmless="The large tables have a storage parameter of their own, or are only ever added to.",
        fix="Lower the factor for the server, or better for those tables with ALTER TABLE ... SET.",
        decided="reltuples of ordinary tables without autovacuum_vacuum_scale_factor among their options.",
        limits="PostgreSQL 18 caps the threshold with autovacuum_vacuum_max_threshold, at 100 million rows.",
        source="runtime-config-vacuum.html#GUC-AUTOVACUUM-VACUUM-SCALE-FACTOR",
        more_areas=(PgClass,),
    ),
)


def _has_huge_table(catalog: Catalog) -> bool:
    return any(
        row.tuples > 100_000_000 and not any(one.startswith("autovacuum_vacuum_scale_factor") for one in row.options)
        for row in catalog.rows(PgClass)
        if row.kind == "r"
    )


CHECKS = tuple(check_of(rule) for rule in _RULES)
