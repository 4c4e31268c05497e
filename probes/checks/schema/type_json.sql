-- bad: text of a document
create table story.t (id bigint primary key, document json);
insert into story.t values (1, '{"a": 1}');
-- expect: column story.t.document

-- near miss: jsonb, text, and a composite type that nobody stores
create table story.t (id bigint primary key, document jsonb, raw text);
create type story.reply as (status int, body json);
