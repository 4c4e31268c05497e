-- bad: two phones
create table story.t (id bigint primary key, phone1 text, phone2 text, line_1 text, line_2 text);
-- expect: table story.t
-- repaired
alter table story.t drop column phone2, drop column line_2;

-- near miss: one number each
create table story.t (id bigint primary key, sha256 bytea, md5 text, fax text, fax3 text);
