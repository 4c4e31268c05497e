select
    s.name,
    s.setting as value,
    s.unit,
    s.boot_val as boot_value,
    s.reset_val as reset_value,
    s.context,
    s.source,
    s.vartype as type,
    s.pending_restart,
    s.sourcefile as source_file,
    s.sourceline as source_line
from pg_catalog.pg_settings as s
order by s.name
