-- Before 16 the member's own INHERIT attribute decided, and SET ROLE was always possible.
select
    m.roleid::int8 as role,
    m.member::int8 as member,
    m.admin_option as admin,
    r.rolinherit as inherit,
    true as may_set
from pg_catalog.pg_auth_members as m
inner join pg_catalog.pg_roles as r on r.oid = m.member
