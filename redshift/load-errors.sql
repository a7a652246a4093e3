-- Why a COPY of CSV failed. What a COPY of Parquet failed of is in the statement's own error.
SELECT
    TRIM(file_name) AS file_name,
    line_number,
    TRIM(column_name) AS column_name,
    TRIM(error_message) AS error_message
FROM sys_load_error_detail
WHERE query_id = :query_id
ORDER BY line_number
LIMIT 3
