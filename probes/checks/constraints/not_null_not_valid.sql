-- bad, server >= 18: added and never validated
create table story."T" (id bigint primary key, "a b" int);
alter table story."T" add constraint a_present not null "a b" not valid;
-- expect: constraint story.T.a_present

-- near miss, server >= 18: validated, or NOT NULL from the start
create table story.t (id bigint primary key, a int, b int not null);
alter table story.t add constraint a_present not null a not valid;
alter table story.t validate constraint a_present;

-- near miss, server >= 18: a check that is not valid is the matter of another check
create table story.t (id bigint primary key, a int);
alter table story.t add constraint a_present check (a is not null) not valid;
