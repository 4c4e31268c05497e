-- Statement statistics begin with the traffic, not with the loading.
select extensions.pg_stat_statements_reset() is null
