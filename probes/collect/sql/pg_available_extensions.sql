select
    a.name,
    a.default_version,
    a.installed_version,
    array(
        select v.version from pg_catalog.pg_available_extension_versions as v where v.name = a.name order by v.version
    ) as versions,
    '{}'::text[] as trusted_versions
from pg_catalog.pg_available_extensions as a
where a.installed_version is not null
order by a.name
