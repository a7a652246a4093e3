-- One row for each run and model that is in the warehouse. A load locks it first, so that two loads never run side
-- by side, and whoever reads tweet and sentiment meanwhile is not kept waiting.
CREATE TABLE IF NOT EXISTS loaded_run (
    run_id VARCHAR(64) NOT NULL,
    model VARCHAR(64) NOT NULL,
    topic VARCHAR(64) NOT NULL,
    source VARCHAR(64) NOT NULL,
    tweets BIGINT NOT NULL,
    windows BIGINT NOT NULL,
    tool_version VARCHAR(64) NOT NULL,
    loaded_at TIMESTAMP NOT NULL
)
DISTSTYLE AUTO
SORTKEY (loaded_at)
