-- What Redshift has and PostgreSQL has not. Run once, in the database that every warehouse's is made from. A session's
-- search_path is public, rs, pg_catalog: so rs.pg_user is found before PostgreSQL's own.
CREATE SCHEMA rs;
GRANT USAGE ON SCHEMA rs TO PUBLIC;
-- In Redshift everybody may create tables in public; PostgreSQL 15 gave that up.
GRANT CREATE ON SCHEMA public TO PUBLIC;

CREATE TABLE rs.users (usename text PRIMARY KEY, usesuper boolean NOT NULL);
CREATE VIEW rs.pg_user AS
    SELECT usename::name, usesuper, false AS usecreatedb, '********'::text AS passwd FROM rs.users;
GRANT SELECT ON rs.pg_user TO PUBLIC;

CREATE TABLE rs.sys_load_error_detail (
    query_id bigint, start_time timestamp, database_name text, table_name text, file_name text, line_number bigint,
    column_name text, column_type text, column_length text, raw_line text, raw_field_value text, error_code int,
    error_message text
);
CREATE VIEW rs.stl_load_errors AS
    SELECT query_id AS query, start_time AS starttime, file_name AS filename, line_number, column_name AS colname,
        column_type AS type, column_length AS col_length, raw_line, raw_field_value, error_code AS err_code,
        error_message AS err_reason
    FROM rs.sys_load_error_detail;
GRANT SELECT ON rs.sys_load_error_detail, rs.stl_load_errors TO PUBLIC;

CREATE FUNCTION rs.getdate() RETURNS timestamp STABLE LANGUAGE sql AS
    $$ SELECT date_trunc('second', now() AT TIME ZONE 'UTC') $$;
CREATE FUNCTION rs.sysdate() RETURNS timestamp STABLE LANGUAGE sql AS $$ SELECT now() AT TIME ZONE 'UTC' $$;
CREATE FUNCTION rs.len(value text) RETURNS integer IMMUTABLE LANGUAGE sql AS $$ SELECT char_length(value) $$;

CREATE FUNCTION rs.unit(part text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE
        WHEN lower(part) IN ('d', 'day', 'days') THEN 'day'
        WHEN lower(part) IN ('h', 'hr', 'hrs', 'hour', 'hours') THEN 'hour'
        WHEN lower(part) IN ('m', 'min', 'mins', 'minute', 'minutes') THEN 'minute'
        WHEN lower(part) IN ('s', 'sec', 'secs', 'second', 'seconds') THEN 'second'
        WHEN lower(part) IN ('w', 'week', 'weeks') THEN 'week'
        WHEN lower(part) IN ('mon', 'mons', 'month', 'months') THEN 'month'
        WHEN lower(part) IN ('y', 'yr', 'yrs', 'year', 'years') THEN 'year'
    END $$;
CREATE FUNCTION rs.dateadd(part text, amount bigint, moment timestamp) RETURNS timestamp IMMUTABLE LANGUAGE sql AS
    $$ SELECT moment + amount * ('1 ' || rs.unit(part))::interval $$;
-- It counts boundaries that are crossed, not whole units.
CREATE FUNCTION rs.datediff(part text, start timestamp, finish timestamp) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE rs.unit(part)
        WHEN 'year' THEN extract(year FROM finish) - extract(year FROM start)
        WHEN 'month' THEN (extract(year FROM finish) - extract(year FROM start)) * 12
            + extract(month FROM finish) - extract(month FROM start)
        ELSE round(extract(epoch FROM date_trunc(rs.unit(part), finish) - date_trunc(rs.unit(part), start))
            / extract(epoch FROM ('1 ' || rs.unit(part))::interval))
    END::bigint $$;
