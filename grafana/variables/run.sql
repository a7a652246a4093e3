-- Runs, the newest window first.
SELECT run_id AS value
FROM sentiment
WHERE
    ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
GROUP BY 1
ORDER BY MAX(window_time) DESC, 1 DESC
LIMIT 500
