-- bad: by two steps
create role story_reachable_root nologin superuser;
create role story_reachable_group nologin in role story_reachable_root;
create role story_reachable_dev login noinherit in role story_reachable_group;
-- expect: role story_reachable_dev
-- cleanup
drop role story_reachable_dev, story_reachable_group, story_reachable_root;

-- near miss: member of an ordinary group; a superuser himself
create role story_reachable_group nologin;
create role story_reachable_dev login in role story_reachable_group;
-- cleanup
drop role story_reachable_dev, story_reachable_group;

-- near miss, server >= 16: the membership does not allow SET
create role story_reachable_root nologin superuser;
create role story_reachable_dev login;
grant story_reachable_root to story_reachable_dev with set false, inherit false;
-- cleanup
drop role story_reachable_dev, story_reachable_root;
