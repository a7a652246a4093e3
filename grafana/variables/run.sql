-- Runs, the newest window first.
SELECT run_id AS value
FROM sentiment
WHERE
    ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
GROUP BY run_id
ORDER BY MAX(window_time) DESC, value DESC
LIMIT 500
