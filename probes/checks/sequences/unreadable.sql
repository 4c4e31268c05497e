-- near miss: a superuser reads all of them
create sequence story.s;
select nextval('story.s');
