INSERT INTO run_stage (run_id, model, stage, finished_at, seconds, cost_usd)
VALUES (
    :'run_id',
    :'model',
    :'stage',
    CAST(:'finished_at' AS TIMESTAMP),
    CAST(:'seconds' AS DOUBLE PRECISION),
    CAST(:'cost_usd' AS DOUBLE PRECISION)
)
