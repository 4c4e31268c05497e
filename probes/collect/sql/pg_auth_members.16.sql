-- One membership can be granted by several roles; together they allow what any of them allows.
select
    m.roleid::int8 as role,
    m.member::int8 as member,
    pg_catalog.bool_or(m.admin_option) as admin,
    pg_catalog.bool_or(m.inherit_option) as inherit,
    pg_catalog.bool_or(m.set_option) as may_set
from pg_catalog.pg_auth_members as m
group by m.roleid, m.member
