-- Windows that do not hold all that there was: capped, partial or empty. count_available is what the source says there
-- are, where it says so.
SELECT
    window_time AS "time",
    topic,
    source,
    status,
    count_tweets,
    count_available,
    unscored,
    collapsed
FROM sentiment
WHERE
    $__timeFilter(window_time)
    AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
    AND ('*' IN (${window:sqlstring}) OR CAST(window_seconds AS VARCHAR(16)) IN (${window:sqlstring}))
    AND status <> 'complete'
ORDER BY window_time, topic, source, model, window_seconds
LIMIT 10000
