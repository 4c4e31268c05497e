select
    c.castsource::int8 as source,
    c.casttarget::int8 as target,
    c.castfunc::int8 as function,
    c.castcontext as context,
    c.castmethod as method
from pg_catalog.pg_cast as c
