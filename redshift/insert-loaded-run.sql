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
    :'run_id',
    :'model',
    :'topic',
    :'source',
    (SELECT COUNT(*) FROM tweet WHERE run_id = :'run_id' AND model = :'model'),
    (SELECT COUNT(*) FROM sentiment WHERE run_id = :'run_id' AND model = :'model'),
    :'tool_version',
    GETDATE()
