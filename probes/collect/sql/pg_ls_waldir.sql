select count(*) as files, coalesce(sum(w.size), 0)::int8 as size_bytes
from pg_catalog.pg_ls_waldir() as w
