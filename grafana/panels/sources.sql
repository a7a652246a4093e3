-- Sources side by side, live beside batch: tweets, and the share of each label.
SELECT
    source,
    CAST(SUM(count_tweets) AS BIGINT) AS tweets,
    CAST(SUM(count_positive) AS DOUBLE PRECISION)
    / CAST(NULLIF(SUM(count_positive + count_negative + count_neutral + count_mixed), 0) AS DOUBLE PRECISION)
        AS positive,
    CAST(SUM(count_negative) AS DOUBLE PRECISION)
    / CAST(NULLIF(SUM(count_positive + count_negative + count_neutral + count_mixed), 0) AS DOUBLE PRECISION)
        AS negative,
    CAST(SUM(count_neutral) AS DOUBLE PRECISION)
    / CAST(NULLIF(SUM(count_positive + count_negative + count_neutral + count_mixed), 0) AS DOUBLE PRECISION)
        AS neutral,
    CAST(SUM(count_mixed) AS DOUBLE PRECISION)
    / CAST(NULLIF(SUM(count_positive + count_negative + count_neutral + count_mixed), 0) AS DOUBLE PRECISION)
        AS mixed
FROM sentiment
WHERE
    $__timeFilter(window_time)
    AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
    AND ('*' IN (${window:sqlstring}) OR CAST(window_seconds AS VARCHAR(16)) IN (${window:sqlstring}))
GROUP BY source
ORDER BY tweets DESC, source ASC
