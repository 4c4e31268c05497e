--: * worlds=@table,@relkind

--: varchar_wider
alter table t alter column c type varchar(20)
--: int_to_bigint
alter table t alter column a type bigint

--: * worlds=@table

--: varchar_to_text
alter table t alter column c type text
--: text_to_varchar
alter table t alter column b type varchar
--: key_to_bigint
alter table t alter column id type bigint

--: * worlds=@core,domain_column,enum_column,statistics,fk_varchar,fk_self,generated,virtual,policied,ruled,triggered,functioned,row_type_used

--: varchar_unbounded
alter table t alter column c type varchar
--: varchar_narrower
alter table t alter column c type varchar(5)
--: varchar_to_char
alter table t alter column c type char(20)
--: varchar_same
alter table t alter column c type varchar(10)
--: text_to_varchar_short
alter table t alter column b type varchar(30)
--: text_collate
alter table t alter column b type text collate "POSIX"
--: text_collate_c
alter table t alter column b type text collate "C"
--: varchar_collate
alter table t alter column c type varchar(10) collate "C"
--: text_to_int
alter table t alter column b type int using length(b)
--: numeric_precision
alter table t alter column d type numeric(12, 2)
--: numeric_scale
alter table t alter column d type numeric(12, 4)
--: numeric_unbounded
alter table t alter column d type numeric
--: numeric_smaller
alter table t alter column d type numeric(8, 2)
--: timestamp_to_timestamptz
alter table t alter column e type timestamptz
--: timestamp_to_timestamptz_using
alter table t alter column e type timestamptz using e at time zone 'UTC'
--: timestamp_precision
alter table t alter column e type timestamp(6)
--: timestamp_less_precision
alter table t alter column e type timestamp(0)
--: int_using_same
alter table t alter column a type int using a
--: int_using_expression
alter table t alter column a type int using a + 1
--: int_to_oid
alter table t alter column a type oid
--: int_to_text
alter table t alter column a type text
--: int_to_smallint
alter table t alter column a type smallint
--: int_to_domain_plain
alter table t alter column a type dom_plain
--: int_to_domain_check
alter table t alter column a type dom_check
--: text_to_domain
alter table t alter column b type dom_text
--: text_to_domain_using
alter table t alter column b type dom_text using b::dom_text
--: two_columns
alter table t alter column a type bigint, alter column c type varchar(20)
--: only
alter table only t alter column c type varchar(20)
--: missing_cast
alter table t alter column a type boolean
--: set_data_type_default
alter table t alter column a type bigint, alter column a set default 3
--: timestamp_to_timestamptz_other_zone
set local timezone = 'Europe/Berlin';
alter table t alter column e type timestamptz

--: * worlds=domain_column,enum_column

--: from_domain
alter table t alter column g type int
--: from_domain_check
alter table t alter column h type int using 1
--: enum_to_text
alter table t alter column g type text

--: * worlds=many_types

--: citext
alter table t alter column txt type citext
--: from_citext
alter table t alter column ci type text
--: char_wider
alter table t alter column ch type char(20)
--: char_to_text
alter table t alter column ch type text
--: char_to_varchar
alter table t alter column ch type varchar(30)
--: bit_varying_wider
alter table t alter column vb type varbit(20)
--: bit_wider
alter table t alter column bt type bit(16) using bt::bit(16)
--: cidr_to_inet
alter table t alter column ci4 type inet
--: inet_to_cidr
alter table t alter column ip type cidr
--: varchar_array_wider
alter table t alter column va type varchar(20)[]
--: varchar_array_to_text
alter table t alter column va type text[]
--: json_to_jsonb
alter table t alter column js type jsonb
--: jsonb_to_json
alter table t alter column jb type json
--: interval_precision
alter table t alter column iv type interval(6)
--: interval_less_precision
alter table t alter column iv type interval(0)
--: time_precision
alter table t alter column tm type time(6)
--: time_less_precision
alter table t alter column tm type time(0)
--: timestamp_three_to_six
alter table t alter column ts3 type timestamp(6)
--: timestamptz_to_timestamp
alter table t alter column tz type timestamp
--: timestamptz_three_to_six
alter table t alter column tz3 type timestamptz(6)
--: date_to_timestamp
alter table t alter column da type timestamp
--: bigint_to_int
alter table t alter column big type int
--: bigint_to_numeric
alter table t alter column big type numeric
--: smallint_to_int
alter table t alter column sm type int
--: real_to_double
alter table t alter column re type double precision
--: double_to_numeric
alter table t alter column db type numeric
--: bool_to_int
alter table t alter column bo type int using bo::int
--: uuid_to_text
alter table t alter column uu type text
--: text_to_uuid
alter table t alter column txt type uuid using gen_random_uuid()
--: enum_to_text
alter table t alter column en type text
--: enum_to_varchar_using
alter table t alter column en type varchar using en::text
--: text_to_enum
alter table t alter column txt type mood using 'low'::mood
--: oid_to_int
alter table t alter column oi type int
--: oid_to_bigint
alter table t alter column oi type bigint
--: name_to_text
alter table t alter column na type text
--: domain_to_base
alter table t alter column dc type int
--: domain_to_domain
alter table t alter column dc type dom_plain
--: domain_plain_to_check
alter table t alter column dp type dom_check
--: base_to_domain_default
alter table t alter column big type bigint, alter column sm type dom_default
--: text_to_xml
alter table t alter column by type text using encode(by, 'hex')
--: numeric_unbounded_to_bounded
alter table t alter column nu type numeric(20, 5)
--: composite_to_text
alter table t alter column co type text
--: range_to_multirange since=14
alter table t alter column rg type int4multirange
--: varchar_to_domain
alter table t alter column vc type dom_text
--: varchar_to_varchar_one
alter table t alter column vc type varchar(1000000)
--: all_wider
alter table t alter column vc type varchar(50), alter column vb type varbit(50), alter column iv type interval
