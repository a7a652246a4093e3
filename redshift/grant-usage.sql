GRANT USAGE ON SCHEMA public TO :"user"
