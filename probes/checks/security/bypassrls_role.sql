-- bad: it logs in
create role "story Bypass" login bypassrls;
-- expect: role story Bypass
-- cleanup
drop role "story Bypass";

-- near miss: nobody logs in as it
create role story_bypass_group nologin bypassrls;
create role story_bypass_app login;
-- cleanup
drop role story_bypass_group, story_bypass_app;
