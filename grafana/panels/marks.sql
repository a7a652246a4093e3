-- The same windows as marks on the pictures over time.
SELECT
    window_time AS "time",
    MIN(status) AS tags,
    MIN(status) || ': ' || CAST(SUM(count_tweets) AS VARCHAR(20))
    || COALESCE(' of ' || CAST(SUM(count_available) AS VARCHAR(20)), '')
    || ' tweets' AS text
FROM sentiment
WHERE
    $__timeFilter(window_time)
    AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
    AND ('*' IN (${window:sqlstring}) OR CAST(window_seconds AS VARCHAR(16)) IN (${window:sqlstring}))
    AND status IN ('capped', 'partial')
GROUP BY window_time
ORDER BY window_time
LIMIT 1000
