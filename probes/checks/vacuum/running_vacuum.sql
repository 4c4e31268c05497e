-- near miss: nothing is running
create table story.t (id bigint primary key);
