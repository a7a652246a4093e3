-- Models, that of the newest window first: two models of one run are never added up, so one is chosen.
SELECT model AS value
FROM sentiment
WHERE
    ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
GROUP BY model
ORDER BY MAX(window_time) DESC, MAX(run_id) DESC, value ASC
LIMIT 500
