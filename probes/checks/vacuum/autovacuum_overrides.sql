-- bad: parameters of the table and of its TOAST table
create table story."T" (id bigint primary key, body text)
with (autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_vacuum_threshold = 10);
-- expect: table story.T

-- near miss: other parameters, and the switch
create table story.t (id bigint primary key) with (fillfactor = 80, autovacuum_enabled = off);
