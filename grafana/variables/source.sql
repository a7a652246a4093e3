-- Sources of the chosen topics.
SELECT source AS value
FROM sentiment
WHERE
    ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
GROUP BY source
ORDER BY MAX(window_time) DESC, value ASC
LIMIT 500
