-- bad: declared after the last ANALYZE
create table story.addresses (id bigint primary key, city int, postcode int);
insert into story.addresses select g, g / 100, g / 10 from generate_series(1, 1000) as g;
analyze story.addresses;
create statistics story.addresses_place (dependencies, mcv) on city, postcode from story.addresses;
-- expect: statistics object story.addresses.addresses_place

-- bad: on a partitioned table
create table story.visits (id bigint, city int, postcode int) partition by range (id);
create table story.visits_1 partition of story.visits for values from (0) to (2000);
insert into story.visits select g, g / 100, g / 10 from generate_series(1, 1000) as g;
create statistics story.visits_place (dependencies) on city, postcode from story.visits;
analyze story.visits_1;
-- expect: statistics object story.visits.visits_place

-- near miss: gathered
create table story.addresses (id bigint primary key, city int, postcode int);
insert into story.addresses select g, g / 100, g / 10 from generate_series(1, 1000) as g;
create statistics story.addresses_place (ndistinct) on city, postcode from story.addresses;
analyze story.addresses;

-- near miss: an empty table has nothing to gather
create table story.addresses (id bigint primary key, city int, postcode int);
create statistics story.addresses_place on city, postcode from story.addresses;

-- near miss, server >= 14: the statistics of an expression leave no trace to judge by
create table story.addresses (id bigint primary key, city text);
insert into story.addresses select g, g::text from generate_series(1, 1000) as g;
analyze story.addresses;
create statistics story.addresses_lower on lower(city) from story.addresses;
