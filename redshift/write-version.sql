INSERT INTO warehouse_version (version, tool_version, applied_at)
VALUES (:version, :'tool_version', GETDATE())
