-- near miss: nobody holds anything for long
create table story.t (id bigint primary key);
