-- Topics, the one with the newest window first.
SELECT topic AS value
FROM sentiment
GROUP BY topic
ORDER BY MAX(window_time) DESC, value ASC
LIMIT 500
