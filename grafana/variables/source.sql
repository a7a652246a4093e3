-- Sources of the chosen topics.
SELECT source AS value
FROM sentiment
WHERE
    ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
GROUP BY 1
ORDER BY MAX(window_time) DESC, 1 ASC
LIMIT 500
