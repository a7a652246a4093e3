-- Topics, the one with the newest window first.
SELECT topic AS value
FROM sentiment
GROUP BY 1
ORDER BY MAX(window_time) DESC, 1 ASC
LIMIT 500
