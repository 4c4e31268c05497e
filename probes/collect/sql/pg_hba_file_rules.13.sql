-- Options hold secrets (LDAP, RADIUS): only their names are read.
select
    '' as file_name,
    h.line_number as line,
    h.type,
    h.database as databases,
    h.user_name as users,
    h.address,
    h.netmask,
    h.auth_method as method,
    array(select pg_catalog.split_part(o.option, '=', 1) from pg_catalog.unnest(h.options) as o (option)) as option_names,
    h.error
from pg_catalog.pg_hba_file_rules as h
order by h.line_number
