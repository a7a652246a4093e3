-- Lengths of windows in seconds, the most frequent first: the same hours in two lengths are never added up.
SELECT CAST(window_seconds AS VARCHAR(16)) AS value
FROM sentiment
WHERE
    ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
GROUP BY CAST(window_seconds AS VARCHAR(16))
ORDER BY COUNT(*) DESC, value ASC
LIMIT 500
