-- bad, server >= 18: three regions
create table story.t (id bigint primary key, region int, sku int);
create index t_sku_idx on story.t (sku);
create index t_region_sku_idx on story.t (region, sku);
insert into story.t select i, i % 3, i from generate_series(1, 1000) as i;
analyze story.t;
-- expect: index story.t.t_sku_idx

-- near miss, server >= 18: many values, unique, the only cover of a foreign key, no statistics
create table story.parent (id int primary key);
create table story.t (id bigint primary key, many int, few int, sku int unique, parent_id int references story.parent, b int);
create index on story.t (many, sku);
create index on story.t (few, sku);
create index on story.t (parent_id);
create index on story.t (few, parent_id);
create index on story.t (b);
create index on story.t (many, b);
insert into story.t select i, i, i % 3, i, null, i from generate_series(1, 1000) as i;
analyze story.t;
create table story.u (id bigint primary key, few int, sku int);
create index on story.u (sku);
create index on story.u (few, sku);
