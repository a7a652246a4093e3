-- The versions of the schema that were applied; the highest one holds. A tool that knows less refuses to write.
CREATE TABLE IF NOT EXISTS warehouse_version (
    version INTEGER NOT NULL,
    tool_version VARCHAR(64) NOT NULL,
    applied_at TIMESTAMP NOT NULL
)
DISTSTYLE AUTO
