-- What each stage of a run took. Dollars are estimates, beside those of the stack's hours.
CREATE TABLE IF NOT EXISTS run_stage (
    run_id VARCHAR(64) NOT NULL,
    model VARCHAR(64) NOT NULL,
    stage VARCHAR(16) NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    seconds DOUBLE PRECISION NOT NULL,
    cost_usd DOUBLE PRECISION NOT NULL
)
DISTSTYLE AUTO
SORTKEY (finished_at)
