-- near miss: databases that were made today
create table story.t (id bigint primary key);
