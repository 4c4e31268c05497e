-- bad: past, and soon
create role story_expiring_old login valid until '2020-01-01';
do $$ begin execute format('create role story_expiring_soon login valid until %L', now() + interval '3 days'); end $$;
-- expect: role story_expiring_old
-- expect: role story_expiring_soon
-- repaired
alter role story_expiring_old valid until 'infinity';
do $$ begin execute format('alter role story_expiring_soon valid until %L', now() + interval '90 days'); end $$;
-- cleanup
drop role story_expiring_old, story_expiring_soon;

-- near miss: far off, never, or it cannot log in
do $$ begin execute format('create role story_expiring_far login valid until %L', now() + interval '30 days'); end $$;
create role story_expiring_never login valid until 'infinity';
create role story_expiring_group nologin valid until '2020-01-01';
-- cleanup
drop role story_expiring_far, story_expiring_never, story_expiring_group;
