-- Runs with windows in the time range, each with all of its windows. A window that a later run loaded again is that
-- run's.
SELECT
    run_id,
    topic,
    source,
    model,
    MIN(window_time) AS first_window,
    MAX(window_time) AS last_window,
    CAST(SUM(count_tweets) AS BIGINT) AS tweets,
    COUNT(*) AS windows,
    CAST(SUM(unscored) AS BIGINT) AS unscored,
    SUM(CASE WHEN status = 'complete' THEN 0 ELSE 1 END) AS incomplete
FROM sentiment
WHERE
    ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
GROUP BY run_id, topic, source, model
HAVING MAX(window_time) >= $__timeFrom() AND MIN(window_time) <= $__timeTo()
ORDER BY last_window DESC, run_id DESC, model ASC
LIMIT 500
