-- bad, server < 17: an ICU collation made under another version
create collation story.shop (provider = icu, locale = 'de', version = '0');
create table story.breeds (name text collate story.shop primary key, nick text collate story.shop);
create index breeds_lower on story.breeds (lower(nick) collate story.shop);
-- expect: collation story.shop

-- bad, server >= 17: a builtin one, in a partition key as well
create collation story.shop (provider = builtin, locale = 'C.UTF-8', version = '0');
create table story.breeds (name text collate story.shop primary key) partition by range (name);
create table story.breeds_a partition of story.breeds for values from ('a') to ('m');
-- expect: collation story.shop

-- bad, server >= 17: nothing uses it
create collation story.shop (provider = builtin, locale = 'C.UTF-8', version = '0');
-- expect: collation story.shop

-- near miss, server < 17: made under the version that is there
create collation story.shop (provider = icu, locale = 'de');
create table story.breeds (name text collate story.shop primary key);

-- near miss, server >= 17: made under the version that is there
create collation story.shop (provider = builtin, locale = 'C.UTF-8');
create table story.breeds (name text collate story.shop primary key);
