INSERT INTO loaded_run (
    run_id,
    model,
    topic,
    source,
    tweets,
    windows,
    tool_version,
    loaded_at
)
SELECT
    :'run_id' AS run_id,
    :'model' AS model,
    :'topic' AS topic,
    :'source' AS source,
    (
        SELECT COUNT(*) FROM tweet
        WHERE run_id = :'run_id' AND model = :'model'
    ) AS tweets,
    (
        SELECT COUNT(*) FROM sentiment
        WHERE run_id = :'run_id' AND model = :'model'
    ) AS windows,
    :'tool_version' AS tool_version,
    GETDATE() AS loaded_at
