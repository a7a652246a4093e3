-- First in what changes the schema, so that two tools do not change it side by side.
LOCK TABLE warehouse_version
