-- What each stage took, of the runs with windows in the time range: in order, the newest run first.
SELECT
    run_id,
    model,
    stage,
    finished_at,
    seconds,
    cost_usd
FROM run_stage
WHERE
    run_id IN (
        SELECT run_id
        FROM sentiment
        WHERE
            $__timeFilter(window_time)
            AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
            AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
            AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
    )
ORDER BY
    run_id DESC,
    model ASC,
    CASE stage
        WHEN 'ingest' THEN 1
        WHEN 'score' THEN 2
        WHEN 'transform' THEN 3
        WHEN 'load' THEN 4
        ELSE 5
    END ASC
LIMIT 500
