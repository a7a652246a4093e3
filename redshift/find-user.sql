-- CREATE USER knows no IF NOT EXISTS, and folds names to lower case.
SELECT COUNT(*) AS users
FROM pg_user
WHERE LOWER(usename) = LOWER(:'user')
