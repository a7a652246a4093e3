-- Sources side by side, live beside batch: tweets, and the share of each label. A live run's posts were scored before
-- they came, so that it has no ingest of its own.
WITH live AS (
    SELECT run_id
    FROM run_stage
    GROUP BY run_id
    HAVING
        MAX(CASE WHEN stage = 'score' THEN 1 ELSE 0 END) = 1
        AND MAX(CASE WHEN stage = 'ingest' THEN 1 ELSE 0 END) = 0
),

chosen AS (
    SELECT
        run_id,
        source,
        count_tweets,
        count_positive,
        count_negative,
        count_neutral,
        count_mixed
    FROM sentiment
    WHERE
        $__timeFilter(window_time)
        AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
        AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
        AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
        AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
        AND ('*' IN (${window:sqlstring}) OR CAST(window_seconds AS VARCHAR(16)) IN (${window:sqlstring}))
),

placed AS (
    SELECT
        chosen.source,
        CAST(CASE WHEN live.run_id IS NULL THEN 'batch' ELSE 'live' END AS VARCHAR(8)) AS path,
        chosen.count_tweets,
        chosen.count_positive,
        chosen.count_negative,
        chosen.count_neutral,
        chosen.count_mixed
    FROM chosen
    LEFT JOIN live ON chosen.run_id = live.run_id
)

SELECT
    source,
    path,
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
FROM placed
GROUP BY source, path
ORDER BY tweets DESC, source ASC, path ASC
