-- Models side by side, whichever one is chosen: tweets, the share of each label, and the average of each score.
SELECT
    model,
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
        AS mixed,
    SUM(sum_positive)
    / CAST(NULLIF(SUM(count_positive + count_negative + count_neutral + count_mixed), 0) AS DOUBLE PRECISION)
        AS average_positive,
    SUM(sum_negative)
    / CAST(NULLIF(SUM(count_positive + count_negative + count_neutral + count_mixed), 0) AS DOUBLE PRECISION)
        AS average_negative,
    SUM(sum_neutral)
    / CAST(NULLIF(SUM(count_positive + count_negative + count_neutral + count_mixed), 0) AS DOUBLE PRECISION)
        AS average_neutral,
    SUM(sum_mixed)
    / CAST(NULLIF(SUM(count_positive + count_negative + count_neutral + count_mixed), 0) AS DOUBLE PRECISION)
        AS average_mixed
FROM sentiment
WHERE
    $__timeFilter(window_time)
    AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
    AND ('*' IN (${window:sqlstring}) OR CAST(window_seconds AS VARCHAR(16)) IN (${window:sqlstring}))
GROUP BY model
ORDER BY tweets DESC, model ASC
