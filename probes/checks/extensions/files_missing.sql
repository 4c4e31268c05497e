-- bad: an extension whose control file is gone
create extension pg_stat_statements schema story;
update pg_catalog.pg_extension set extname = 'story_gone' where extname = 'pg_stat_statements';
-- expect: extension story_gone
-- repaired
drop extension story_gone;

-- near miss: an extension that the server offers, in another version than the installed one
create extension pg_stat_statements schema story;
update pg_catalog.pg_extension set extversion = '0.1' where extname = 'pg_stat_statements';
