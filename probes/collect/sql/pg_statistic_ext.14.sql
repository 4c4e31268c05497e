-- What an object holds is shown to the owner of its table. Expressions alone leave no trace in the view.
select
    s.oid::int8 as oid,
    s.stxname as name,
    s.stxnamespace::int8 as namespace,
    s.stxowner::int8 as owner,
    s.stxrelid::int8 as relation,
    s.stxkind::text[] as kinds,
    s.stxkeys::int2[] as columns,
    s.stxexprs is not null as has_expressions,
    case
        when
            s.stxkind <> array['e'::"char"]
            and pg_catalog.pg_has_role(c.relowner, 'usage')
            and not (c.relrowsecurity and pg_catalog.row_security_active(c.oid))
            then exists (
                select 1
                from pg_catalog.pg_stats_ext as v
                where
                    v.statistics_schemaname = n.nspname
                    and v.statistics_name = s.stxname
                    and (v.n_distinct is not null or v.dependencies is not null or v.most_common_vals is not null)
            )
    end as is_filled
from pg_catalog.pg_statistic_ext as s
inner join pg_catalog.pg_class as c on c.oid = s.stxrelid
inner join pg_catalog.pg_namespace as n on n.oid = s.stxnamespace
