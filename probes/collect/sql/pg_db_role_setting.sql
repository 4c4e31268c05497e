select s.setdatabase::int8 as database, s.setrole::int8 as role, s.setconfig as settings
from pg_catalog.pg_db_role_setting as s
