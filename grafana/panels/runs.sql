-- Runs with windows in the time range, each with all of its windows, and what their stages took. A window that a later
-- run loaded again is that run's.
WITH took AS (
    SELECT
        run_id,
        model,
        SUM(seconds) AS seconds,
        SUM(cost_usd) AS cost_usd
    FROM run_stage
    GROUP BY run_id, model
),

run AS (
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
)

SELECT
    run.run_id,
    run.topic,
    run.source,
    run.model,
    run.first_window,
    run.last_window,
    run.tweets,
    run.windows,
    run.unscored,
    run.incomplete,
    took.seconds,
    took.cost_usd
FROM run
LEFT JOIN took ON run.run_id = took.run_id AND run.model = took.model
ORDER BY run.last_window DESC, run.run_id DESC, run.model ASC
LIMIT 500
