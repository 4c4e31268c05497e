-- bad: through a view, for one column
create table story.payments (id bigint primary key, payer text, amount numeric);
alter table story.payments enable row level security;
create view story.paid as select payer, amount from story.payments;
create materialized view story.totals as select payer, sum(amount) as amount from story.paid group by payer;
create materialized view story.counts as select count(*) as n from story.payments;
grant usage on schema story to public;
grant select (amount) on story.totals to public;
grant select on story.counts to public;
-- expect: materialized view story.totals
-- expect: materialized view story.counts

-- near miss: nothing protected behind it, or nobody to read it
create table story.countries (code text primary key);
create materialized view story.country_count as select count(*) as n from story.countries;
create table story.payments (id bigint primary key);
alter table story.payments enable row level security;
create materialized view story.payment_count as select count(*) as n from story.payments;
grant usage on schema story to public;
grant select on story.country_count to public;
