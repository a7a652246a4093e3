-- What each stage took, of the runs with windows in the time range: in order, the newest run first.
WITH shown AS (
    SELECT run_id
    FROM sentiment
    WHERE
        $__timeFilter(window_time)
        AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
        AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
        AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
    GROUP BY run_id
)

SELECT
    took.run_id,
    took.model,
    took.stage,
    took.finished_at,
    took.seconds,
    took.cost_usd
FROM run_stage AS took
INNER JOIN shown ON took.run_id = shown.run_id
ORDER BY
    took.run_id DESC,
    took.model ASC,
    CASE took.stage
        WHEN 'ingest' THEN 1
        WHEN 'score' THEN 2
        WHEN 'transform' THEN 3
        WHEN 'load' THEN 4
        ELSE 5
    END ASC
LIMIT 500
