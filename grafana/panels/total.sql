-- Tweets, scored or not.
SELECT CAST(COALESCE(SUM(count_tweets), 0) AS BIGINT) AS tweets
FROM sentiment
WHERE
    $__timeFilter(window_time)
    AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
    AND ('*' IN (${window:sqlstring}) OR CAST(window_seconds AS VARCHAR(16)) IN (${window:sqlstring}))
