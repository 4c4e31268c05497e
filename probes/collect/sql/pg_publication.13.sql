select
    p.oid::int8 as oid,
    p.pubname as name,
    p.pubowner::int8 as owner,
    p.puballtables as all_tables,
    p.pubinsert as inserts,
    p.pubupdate as updates,
    p.pubdelete as deletes,
    p.pubtruncate as truncates,
    p.pubviaroot as via_root,
    array(
        select r.prrelid::int8 from pg_catalog.pg_publication_rel as r where r.prpubid = p.oid order by r.prrelid
    ) as relations,
    '{}'::int8[] as filtered_relations,
    '{}'::int8[] as namespaces
from pg_catalog.pg_publication as p
