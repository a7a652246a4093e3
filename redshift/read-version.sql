-- No row: nothing was ever applied.
SELECT COALESCE(MAX(version), 0) AS version FROM warehouse_version
