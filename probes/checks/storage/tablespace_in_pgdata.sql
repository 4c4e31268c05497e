-- near miss: the built-in tablespaces
create table story.t (id bigint primary key) tablespace pg_default;
