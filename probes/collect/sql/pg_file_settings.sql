select f.sourcefile as file_name, f.sourceline as line, f.name, f.applied, f.error
from pg_catalog.pg_file_settings as f
order by f.seqno
