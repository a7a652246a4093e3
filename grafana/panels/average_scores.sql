-- Average of each score over all scored tweets: from sums, never from the windows' averages.
SELECT
    SUM(sum_positive)
    / CAST(NULLIF(SUM(count_positive + count_negative + count_neutral + count_mixed), 0) AS DOUBLE PRECISION)
        AS positive,
    SUM(sum_negative)
    / CAST(NULLIF(SUM(count_positive + count_negative + count_neutral + count_mixed), 0) AS DOUBLE PRECISION)
        AS negative,
    SUM(sum_neutral)
    / CAST(NULLIF(SUM(count_positive + count_negative + count_neutral + count_mixed), 0) AS DOUBLE PRECISION)
        AS neutral,
    SUM(sum_mixed)
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
