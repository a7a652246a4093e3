-- Every user may create tables in a new database's public schema: a reader should not.
REVOKE CREATE ON SCHEMA public FROM PUBLIC
