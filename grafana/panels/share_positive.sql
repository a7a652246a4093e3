-- Share of the scored tweets that are positive: a fraction of 1.
SELECT
    CAST(SUM(count_positive) AS DOUBLE PRECISION)
    / CAST(NULLIF(SUM(count_positive + count_negative + count_neutral + count_mixed), 0) AS DOUBLE PRECISION)
        AS positive
FROM sentiment
WHERE
    $__timeFilter(window_time)
    AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
    AND ('*' IN (${window:sqlstring}) OR CAST(window_seconds AS VARCHAR(16)) IN (${window:sqlstring}))
