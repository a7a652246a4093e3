-- Why a COPY of CSV failed, the newest first. What a COPY of Parquet failed of is in the statement's own error. By the
-- files' names: a statement's number in the Data API is not always the one in the system's tables.
SELECT
    TRIM(file_name) AS file_name,
    line_number,
    TRIM(column_name) AS column_name,
    TRIM(error_message) AS error_message
FROM sys_load_error_detail
WHERE LEFT(file_name, LEN(:'prefix')) = :'prefix'
ORDER BY start_time DESC
LIMIT 3
