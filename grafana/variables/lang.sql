-- Languages of the tweets in the time range, the most frequent first.
SELECT COALESCE(lang, 'none') AS value
FROM tweet
WHERE
    $__timeFilter(created_at)
    AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
GROUP BY COALESCE(lang, 'none')
ORDER BY COUNT(*) DESC, value ASC
LIMIT 50
