-- The same windows as marks on the pictures over time, the newest of them. In an empty one nothing came at all.
SELECT
    window_time AS "time",
    COALESCE(MIN(CASE WHEN status IN ('capped', 'partial') THEN status END), 'empty') AS tags,
    COALESCE(
        MIN(CASE WHEN status IN ('capped', 'partial') THEN status END) || ': '
        || CAST(SUM(CASE WHEN status IN ('capped', 'partial') THEN count_tweets END) AS VARCHAR(20))
        || COALESCE(
            ' of '
            || CAST(SUM(CASE WHEN status IN ('capped', 'partial') THEN count_available END) AS VARCHAR(20)),
            ''
        )
        || ' tweets',
        'empty: no tweets'
    ) AS text
FROM sentiment
WHERE
    $__timeFilter(window_time)
    AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
    AND ('*' IN (${window:sqlstring}) OR CAST(window_seconds AS VARCHAR(16)) IN (${window:sqlstring}))
GROUP BY window_time
HAVING
    MIN(CASE WHEN status IN ('capped', 'partial') THEN status END) IS NOT NULL
    OR SUM(count_tweets) = 0
ORDER BY window_time DESC
LIMIT 1000
