-- bad: none, and only one
create table story."Orders" (id bigint primary key, note text, number int);
create table story.notes (id bigint primary key, note text, created_at timestamptz);
insert into story."Orders" values (1, 'a', 1);
-- expect: table story.Orders
-- expect: table story.notes

-- near miss: both, under other names; a link; a short list
create table story.orders (id bigint primary key, inserted_at timestamp, modified_at timestamptz);
create table story.actors (id bigint primary key, made int, date_joined timestamptz, last_update timestamptz);
create table story.tags (id bigint primary key, name text);
create table story.order_tags (
    order_id bigint references story.orders, tag_id bigint references story.tags, position int,
    primary key (order_id, tag_id)
);
