# ruff: noqa: E501 -- a table of queries, one beside the other
"""What is collected is what the server says when it is asked in another way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from probes.catalog.catalog import Absent, Catalog
from probes.catalog.expression import Expression, Stored, text_of
from probes.catalog.rows import (
    ColumnStatistics,
    DatabaseStatistics,
    ForeignServer,
    IndexStatistics,
    PgAttrdef,
    PgAttribute,
    PgAuthMembers,
    PgClass,
    PgConstraint,
    PgDatabase,
    PgDbRoleSetting,
    PgDefaultAcl,
    PgDepend,
    PgDescription,
    PgEventTrigger,
    PgExtension,
    PgHbaRule,
    PgIndex,
    PgInherits,
    PgLanguage,
    PgNamespace,
    PgPartitionedTable,
    PgPolicy,
    PgProc,
    PgPublication,
    PgRewrite,
    PgRole,
    PgSequence,
    PgSetting,
    PgStatisticExt,
    PgTablespace,
    PgTrigger,
    PgType,
    SequenceUse,
    TableStatistics,
)
from tests.probes.collect.conftest import Rich

Told = Callable[[Catalog], list[tuple[Any, ...]]]

USER_NAMESPACES = r"""
    select oid from pg_namespace
    where nspname !~ '^pg_(catalog|toast|temp_|toast_temp_)' and nspname <> 'information_schema'
"""


def _role(catalog: Catalog, oid: int) -> str | None:
    found = catalog.role(oid)
    return found.name if found else None


def _names(catalog: Catalog, oids: tuple[int, ...]) -> list[str]:
    return sorted(_role(catalog, oid) or "public" for oid in oids)


CASES: dict[str, tuple[str, Told]] = {
    "schemas": (
        f"select nspname, pg_get_userbyid(nspowner) from pg_namespace where oid in ({USER_NAMESPACES})",
        lambda c: [(row.name, _role(c, row.owner)) for row in c.rows(PgNamespace)],
    ),
    "relations": (
        f"""
        select c.oid::int8, c.relname, c.relkind::text, n.nspname, pg_get_userbyid(c.relowner), c.relpersistence::text,
            c.relpages, c.reltuples::float8, c.relrowsecurity, c.relforcerowsecurity, c.relispartition,
            c.relreplident::text, coalesce(c.reloptions, '{{}}'), coalesce(t.reloptions, '{{}}'),
            pg_get_expr(c.relpartbound, c.oid), c.relfrozenxid = '0' or age(c.relfrozenxid) >= 0
        from pg_class as c join pg_namespace as n on n.oid = c.relnamespace left join pg_class as t on t.oid = c.reltoastrelid
        where n.oid in ({USER_NAMESPACES}) and c.relkind not in ('i', 'I', 't')
        """,
        lambda c: [
            (
                row.oid,
                row.name,
                row.kind,
                c.schema_name(row.namespace),
                _role(c, row.owner),
                row.persistence,
                row.pages,
                row.tuples,
                row.row_security,
                row.force_row_security,
                row.is_partition,
                row.replica_identity,
                list(row.options),
                list(row.toast_options),
                text_of(row.partition_bound),
                0 <= row.frozen_age_xids < 2_000_000_000,
            )
            for row in c.rows(PgClass)
        ],
    ),
    "columns": (
        f"""
        select a.attrelid::int8, a.attnum::int4, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef,
            a.attidentity::text, a.attgenerated::text, a.attstorage::text, coalesce(a.attoptions, '{{}}'), a.attislocal,
            nullif(a.attstattarget, -1)::int4
        from pg_attribute as a join pg_class as c on c.oid = a.attrelid
        where c.relnamespace in ({USER_NAMESPACES}) and c.relkind not in ('i', 'I', 't', 'S') and a.attnum > 0
            and not a.attisdropped
        """,
        lambda c: [
            (
                row.relation,
                row.number,
                row.name,
                c.type_name(row.type, row.typmod).sql,
                row.not_null,
                row.has_default,
                row.identity,
                row.generated,
                row.storage,
                list(row.options),
                row.is_local,
                row.statistics_target,
            )
            for row in c.rows(PgAttribute)
        ],
    ),
    "defaults": (
        "select adrelid::int8, adnum::int4, pg_get_expr(adbin, adrelid) from pg_attrdef",
        lambda c: [(row.relation, row.column, text_of(row.expression)) for row in c.rows(PgAttrdef)],
    ),
    "constraints": (
        """
        select conname, conrelid::int8, contypid::int8, contype::text, confrelid::int8, conindid::int8, convalidated,
            condeferrable, condeferred, connoinherit, coalesce(conkey, '{}'), coalesce(confkey, '{}'), confupdtype::text,
            confdeltype::text, confmatchtype::text, pg_get_expr(conbin, conrelid)
        from pg_constraint
        where oid >= 16384 and (contype <> 'n' or not convalidated or connoinherit)
        """,
        lambda c: [
            (
                row.name,
                row.relation,
                row.type,
                row.kind,
                row.referenced,
                row.index,
                row.validated,
                row.deferrable,
                row.initially_deferred,
                row.no_inherit,
                list(row.columns),
                list(row.referenced_columns),
                row.on_update,
                row.on_delete,
                row.match,
                text_of(row.expression),
            )
            for row in c.rows(PgConstraint)
        ],
    ),
    "indexes": (
        f"""
        select c.oid::int8, c.relname, i.indrelid::int8, c.relkind::text, m.amname, string_to_array(i.indkey::text, ' ')::int[],
            string_to_array(i.indoption::text, ' ')::int[], i.indnkeyatts::int, i.indisunique, i.indisprimary, i.indisexclusion,
            i.indisvalid, i.indisclustered, i.indisreplident, c.relpages, coalesce(c.reloptions, '{{}}'),
            pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid)
        from pg_index as i join pg_class as c on c.oid = i.indexrelid join pg_am as m on m.oid = c.relam
        where c.relnamespace in ({USER_NAMESPACES})
        """,
        lambda c: [
            (
                row.oid,
                row.name,
                row.relation,
                row.kind,
                row.method,
                list(row.columns),
                list(row.key_options),
                row.key_count,
                row.unique,
                row.primary,
                row.exclusion,
                row.valid,
                row.clustered,
                row.is_replica_identity,
                row.pages,
                list(row.options),
                text_of(row.expressions),
                text_of(row.predicate),
            )
            for row in c.rows(PgIndex)
        ],
    ),
    "triggers": (
        """
        select tgname, tgrelid::int8, tgfoid::int8, tgenabled::text, tgisinternal, tgqual is not null, tgoldtable, tgnewtable,
            tgdeferrable, string_to_array(tgattr::text, ' ')::int[]
        from pg_trigger where not tgisinternal or tgenabled <> 'O'
        """,
        lambda c: [
            (
                row.name,
                row.relation,
                row.function,
                row.enabled,
                row.is_internal,
                row.has_condition,
                row.old_table,
                row.new_table,
                row.deferrable,
                list(row.columns),
            )
            for row in c.rows(PgTrigger)
        ],
    ),
    "rules": (
        f"""
        select schemaname, tablename, rulename from pg_rules where schemaname <> 'pg_catalog'
        union all
        select n.nspname, c.relname, '_RETURN' from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where c.relkind in ('v', 'm') and n.oid in ({USER_NAMESPACES})
        """,
        lambda c: [
            (c.schema_name(relation.row.namespace), relation.row.name, row.name)
            for row in c.rows(PgRewrite)
            if (relation := c.relation(row.relation))
        ],
    ),
    "policies": (
        "select schemaname, tablename, policyname, permissive = 'PERMISSIVE', roles::text[], cmd, qual, with_check from pg_policies",
        lambda c: [
            (
                c.schema_name(relation.row.namespace),
                relation.row.name,
                row.name,
                row.permissive,
                _names(c, row.roles),
                {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}[row.command],
                text_of(row.using),
                text_of(row.check),
            )
            for row in c.rows(PgPolicy)
            if (relation := c.relation(row.relation))
        ],
    ),
    "partition keys": (
        """
        select partrelid::int8, partstrat::text, partdefid::int8, pg_get_expr(partexprs, partrelid),
            string_to_array(partattrs::text, ' ')::int[]
        from pg_partitioned_table
        """,
        lambda c: [
            (row.relation, row.strategy, row.default_partition, text_of(row.expressions), list(row.columns))
            for row in c.rows(PgPartitionedTable)
        ],
    ),
    "inheritance": (
        "select inhrelid::int8, inhparent::int8, inhseqno from pg_inherits",
        lambda c: [(row.child, row.parent, row.position) for row in c.rows(PgInherits)],
    ),
    "functions": (
        """
        select p.oid::int8, p.proname, pg_get_userbyid(p.proowner), l.lanname, p.prokind::text, p.prosecdef, p.provolatile::text,
            p.proparallel::text, p.proisstrict, p.proretset, p.procost::float8, p.prorows::float8, p.prorettype::int8,
            coalesce(p.proallargtypes::int8[], string_to_array(p.proargtypes::text, ' ')::int8[]),
            coalesce(p.proargnames, '{}'), coalesce(p.proargmodes::text[], '{}'), coalesce(p.proconfig, '{}')
        from pg_proc as p join pg_language as l on l.oid = p.prolang where p.oid >= 16384
        """,
        lambda c: [
            (
                row.oid,
                row.name,
                _role(c, row.owner),
                row.language,
                row.kind,
                row.security_definer,
                row.volatility,
                row.parallel,
                row.strict,
                row.returns_set,
                row.cost,
                row.rows,
                row.returns,
                list(row.argument_types),
                list(row.argument_names),
                list(row.argument_modes),
                list(row.config),
            )
            for row in c.rows(PgProc)
        ],
    ),
    "sequences": (
        """
        select schemaname, sequencename, start_value, min_value, max_value, increment_by, cycle, cache_size, last_value
        from pg_sequences
        """,
        lambda c: [
            (
                c.schema_name(relation.row.namespace),
                relation.row.name,
                row.start,
                row.minimum,
                row.maximum,
                row.increment,
                row.cycle,
                row.cache,
                c.keyed(SequenceUse, "relation")[row.relation].last_value,
            )
            for row in c.rows(PgSequence)
            if (relation := c.relation(row.relation))
        ],
    ),
    "enums": (
        "select enumtypid::int8, array_agg(enumlabel::text order by enumsortorder) from pg_enum group by 1",
        lambda c: [(row.oid, list(row.labels)) for row in c.rows(PgType) if row.labels],
    ),
    "domains": (
        """
        select oid::int8, typname, format_type(typbasetype, typtypmod), typnotnull, typdefault from pg_type
        where typtype = 'd' and oid >= 16384
        """,
        lambda c: [
            (row.oid, row.name, c.type_name(row.base_type, row.typmod).sql, row.not_null, row.default)
            for row in c.rows(PgType)
            if row.kind == "d" and row.oid >= 16384
        ],
    ),
    "ranges": (
        "select rngtypid::int8, rngsubtype::int8 from pg_range",
        lambda c: [(row.oid, row.range_subtype) for row in c.rows(PgType) if row.range_subtype],
    ),
    "comments": (
        """
        select classoid::regclass::text, objoid::int8, objsubid, description from pg_description
        where objoid >= 16384 or objoid = 'public'::regnamespace
        """,
        lambda c: [
            (
                {"3079": "pg_extension", "2617": "pg_operator", "2616": "pg_opclass"}.get(row.catalog, row.catalog),
                row.object,
                row.column,
                row.text,
            )
            for row in c.rows(PgDescription)
        ],
    ),
    "extended statistics": (
        "select stxname, stxrelid::int8, string_to_array(nullif(stxkeys::text, ''), ' ')::int[], stxkind::text[] from pg_statistic_ext",
        lambda c: [(row.name, row.relation, list(row.columns), list(row.kinds)) for row in c.rows(PgStatisticExt)],
    ),
    "event triggers": (
        "select evtname, evtevent, evtfoid::int8, evtenabled::text, evttags from pg_event_trigger",
        lambda c: [(row.name, row.event, row.function, row.enabled, list(row.tags)) for row in c.rows(PgEventTrigger)],
    ),
    "extensions": (
        "select extname, extversion, pg_get_userbyid(extowner) from pg_extension",
        lambda c: [(row.name, row.version, _role(c, row.owner)) for row in c.rows(PgExtension)],
    ),
    "members of extensions": (
        "select objid::int8 from pg_depend where classid = 'pg_proc'::regclass and deptype = 'e' and objid >= 16384",
        lambda c: [(oid,) for oid in c.extension_members("pg_proc") if oid >= 16384],
    ),
    "what views read": (
        """
        select distinct view_schema::text, view_name::text, table_schema::text, table_name::text
        from information_schema.view_table_usage where view_schema not in ('pg_catalog', 'information_schema')
        """,
        lambda c: sorted(
            {
                (c.schema_name(view.row.namespace), view.row.name, c.schema_name(read.row.namespace), read.row.name)
                for row in c.rows(PgDepend)
                if row.catalog == "pg_rewrite"
                and row.kind == "n"
                and row.referenced_catalog == "pg_class"
                and (rule := c.find(PgRewrite, row.object))
                and (view := c.relation(rule.relation))
                and view.row.kind == "v"
                and (read := c.relation(row.referenced))
                and read != view  # before 16 a view's rule mentions the view itself
            }
        ),
    ),
    "owned sequences": (
        """
        select d.objid::int8, d.refobjid::int8, d.refobjsubid from pg_depend as d join pg_class as c on c.oid = d.objid
        where c.relkind = 'S' and d.refobjsubid > 0 and d.deptype in ('a', 'i')
        """,
        lambda c: [
            (row.object, row.referenced, row.referenced_column)
            for row in c.rows(PgDepend)
            if row.catalog == "pg_class" and row.kind in "ai" and c.find(PgSequence, row.object, "relation")
        ],
    ),
    "roles": (
        """
        select oid::int8, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls,
            rolconnlimit, extract(epoch from nullif(rolvaliduntil, 'infinity'))::float8,
            case when rolpassword is null then 'none' when rolpassword like 'SCRAM%' then 'scram-sha-256' else 'md5' end
        from pg_authid
        """,
        lambda c: [
            (
                row.oid,
                row.name,
                row.superuser,
                row.inherit,
                row.create_role,
                row.create_database,
                row.can_login,
                row.replication,
                row.bypass_rls,
                row.connection_limit,
                row.valid_until,
                row.password_kind,
            )
            for row in c.rows(PgRole)
        ],
    ),
    "memberships": (
        """
        select roleid::regrole::text, member::regrole::text, bool_or(admin_option) from pg_auth_members group by 1, 2
        """,
        lambda c: [(_role(c, row.role), _role(c, row.member), row.admin) for row in c.rows(PgAuthMembers)],
    ),
    "settings of roles": (
        "select setdatabase::int8, setrole::regrole::text, setconfig from pg_db_role_setting where setrole <> 0",
        lambda c: [
            (row.database, _role(c, row.role), list(row.settings)) for row in c.rows(PgDbRoleSetting) if row.role
        ],
    ),
    "default privileges": (
        "select defaclrole::int8, defaclnamespace::int8, defaclobjtype::text, defaclacl::text[] from pg_default_acl",
        lambda c: [(row.role, row.namespace, row.object_kind, list(row.acl)) for row in c.rows(PgDefaultAcl)],
    ),
    "publications": (
        """
        select p.pubname, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate,
            array(select r.prrelid::int8 from pg_publication_rel as r where r.prpubid = p.oid order by 1)
        from pg_publication as p
        """,
        lambda c: [
            (row.name, row.all_tables, row.inserts, row.updates, row.deletes, row.truncates, list(row.relations))
            for row in c.rows(PgPublication)
        ],
    ),
    "foreign servers": (
        "select foreign_server_name::text, foreign_data_wrapper_name::text from information_schema.foreign_servers",
        lambda c: [(row.name, row.wrapper) for row in c.rows(ForeignServer)],
    ),
    "languages": (
        "select lanname, lanpltrusted from pg_language",
        lambda c: [(row.name, row.trusted) for row in c.rows(PgLanguage)],
    ),
    "databases": (
        """
        select oid::int8, datname, pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datistemplate, datallowconn
        from pg_database
        """,
        lambda c: [
            (row.oid, row.name, _role(c, row.owner), row.encoding, row.is_template, row.allow_connections)
            for row in c.rows(PgDatabase)
            if True
        ],
    ),
    "tablespaces": (
        "select spcname, pg_tablespace_location(oid) from pg_tablespace",
        lambda c: [(row.name, row.location) for row in c.rows(PgTablespace)],
    ),
    "client authentication": (
        "select line_number, type, database, user_name, address, auth_method from pg_hba_file_rules",
        lambda c: [
            (row.line, row.type, list(row.databases), list(row.users), row.address, row.method)
            for row in c.rows(PgHbaRule)
        ],
    ),
    "statistics of tables": (
        """
        select relid::int8, seq_scan, n_tup_ins, n_live_tup, extract(epoch from last_analyze)::float8
        from pg_stat_all_tables join pg_class as c on c.oid = relid
        where schemaname !~ '^(pg_|information_schema)' and c.relkind <> 'p'
        """,
        lambda c: [
            (row.relation, row.sequential_scans, row.inserted, row.live_tuples, row.last_analyze_at)
            for row in c.rows(TableStatistics)
            if c.find(PgClass, row.relation)
        ],
    ),
    "statistics of indexes": (
        "select indexrelid::int8, idx_scan, idx_tup_read from pg_stat_user_indexes",
        lambda c: [
            (row.index, row.scans, row.tuples_read) for row in c.rows(IndexStatistics) if c.find(PgIndex, row.index)
        ],
    ),
    "statistics of columns": (
        """
        select a.attrelid::int8, a.attnum::int4, s.null_frac::float8, s.avg_width, s.n_distinct::float8
        from pg_stats as s join pg_namespace as n on n.nspname = s.schemaname
        join pg_class as c on c.relname = s.tablename and c.relnamespace = n.oid
        join pg_attribute as a on a.attrelid = c.oid and a.attname = s.attname
        where n.nspname !~ '^(pg_|information_schema)' and not s.inherited
        """,
        lambda c: [
            (row.relation, row.column, row.null_fraction, row.average_width_bytes, row.distinct_values)
            for row in c.rows(ColumnStatistics)
        ],
    ),
    "databases with counters": (
        "select datid::int8, datname from pg_stat_database",
        lambda c: [(row.database, row.name) for row in c.rows(DatabaseStatistics)],
    ),
}

_CHANGES_WITH_EACH_TRANSACTION = {"transaction_isolation", "transaction_read_only", "transaction_deferrable"}


@pytest.mark.parametrize("what", CASES)
def test_an_area_holds_what_the_server_says(rich: Rich, what: str) -> None:
    query, told = CASES[what]
    expected, found = rich.ask(query), told(rich.catalog)
    assert expected
    assert set(map(repr, found)) - set(map(repr, expected)) == set()
    assert sorted(map(repr, found)) == sorted(map(repr, expected))


def test_settings_are_those_that_the_session_found_not_ours(rich: Rich) -> None:
    with rich.database.connect() as connection:
        expected = connection.execute("select name, setting, source, boot_val from pg_settings").fetchall()
    found = [(row.name, row.value, row.source, row.boot_value) for row in rich.catalog.rows(PgSetting)]
    masked = {name for name, value, _, _ in found if value == "***"} | _CHANGES_WITH_EACH_TRANSACTION
    assert sorted(row for row in found if row[0] not in masked) == sorted(
        row for row in expected if row[0] not in masked
    )
    assert not any(name in masked for name in ("statement_timeout", "search_path", "work_mem", "hba_file"))


def test_the_server_is_described_by_its_own_words(rich: Rich) -> None:
    server = rich.catalog.server
    with rich.database.connect() as connection:
        expected = connection.execute(
            "select current_setting('server_version_num')::int, current_database()::text, current_user::text, "
            "pg_is_in_recovery(), current_setting('search_path'), current_setting('TimeZone'), "
            "extract(epoch from pg_postmaster_start_time())::float8, current_setting('block_size')::int"
        ).fetchone()
    assert expected == (
        server.version_num, server.database, server.role, server.in_recovery, server.search_path, server.timezone,
        server.started_at, server.block_size,
    )  # fmt: skip


def test_every_expression_of_the_rich_schema_was_read(rich: Rich) -> None:
    texts: list[Expression | None] = [row.expression for row in rich.catalog.rows(PgAttrdef)]
    texts += [row.expression for row in rich.catalog.rows(PgConstraint) if row.kind == "c"]
    assert texts
    assert all(isinstance(text, Stored) for text in texts)


def test_tables_with_equal_columns_do_not_share_a_policy_that_names_its_table(rich: Rich) -> None:
    """A subquery makes the deparser write `parent.id` in one and `heir.id` in the other, from one and the same tree."""
    texts = {text_of(row.using) for row in rich.catalog.rows(PgPolicy) if row.name == "family"}
    assert len(texts) == 2


def test_objects_of_other_sessions_temporary_schemas_are_not_in_the_picture(rich: Rich) -> None:
    from tests.probes.collect.conftest import picture_of  # noqa: PLC0415 - beside its only use

    with rich.database.connect() as connection:
        connection.execute(
            "create temporary table passing (id serial primary key, x integer check (x > 1)); "
            "create function pg_temp.passing() returns integer language sql as 'select 1'; "
            "create type pg_temp.passing_mood as enum ('short')"
        )
        catalog = picture_of(rich.database.dsn).catalog
    for row_type, rows in catalog.areas():
        assert isinstance(rows, Absent) or not [row for row in rows if "passing" in str(getattr(row, "name", ""))], (
            row_type
        )
