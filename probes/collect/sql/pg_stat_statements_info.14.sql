select i.dealloc as evictions, extract(epoch from i.stats_reset)::float8 as stats_reset_at
from {statements_schema}.pg_stat_statements_info as i
