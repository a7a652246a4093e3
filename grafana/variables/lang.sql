-- Languages of the tweets in the time range, by quarters of an hour, the most frequent first.
SELECT COALESCE(lang, 'none') AS value
FROM tweet_lang
WHERE
    $__timeFilter(quarter_hour)
    AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
GROUP BY COALESCE(lang, 'none')
ORDER BY SUM(tweets) DESC, value ASC
LIMIT 50
