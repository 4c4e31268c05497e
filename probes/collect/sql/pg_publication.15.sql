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
    array(
        select r.prrelid::int8
        from pg_catalog.pg_publication_rel as r
        where r.prpubid = p.oid and (r.prqual is not null or r.prattrs is not null)
        order by r.prrelid
    ) as filtered_relations,
    array(
        select n.pnnspid::int8 from pg_catalog.pg_publication_namespace as n where n.pnpubid = p.oid order by n.pnnspid
    ) as namespaces
from pg_catalog.pg_publication as p
