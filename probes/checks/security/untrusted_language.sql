-- bad: made by hand, granted
create language story_untrusted handler plpgsql_call_handler;
-- expect: language story_untrusted

-- near miss: what every database has, and a trusted one
create trusted language story_trusted handler plpgsql_call_handler;
