-- near miss: a server that has just been made
create table story.t (id bigint primary key);
