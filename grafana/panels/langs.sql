-- Languages as the source states them: tweets, and the share of each label among those that were scored. Quarters of an
-- hour that begin in the time range.
SELECT
    COALESCE(lang, 'none') AS lang,
    CAST(SUM(tweets) AS BIGINT) AS tweets,
    CAST(SUM(CASE WHEN label = 'positive' THEN tweets ELSE 0 END) AS DOUBLE PRECISION)
    / CAST(NULLIF(SUM(CASE WHEN label IS NULL THEN 0 ELSE tweets END), 0) AS DOUBLE PRECISION)
        AS positive,
    CAST(SUM(CASE WHEN label = 'negative' THEN tweets ELSE 0 END) AS DOUBLE PRECISION)
    / CAST(NULLIF(SUM(CASE WHEN label IS NULL THEN 0 ELSE tweets END), 0) AS DOUBLE PRECISION)
        AS negative,
    CAST(SUM(CASE WHEN label = 'neutral' THEN tweets ELSE 0 END) AS DOUBLE PRECISION)
    / CAST(NULLIF(SUM(CASE WHEN label IS NULL THEN 0 ELSE tweets END), 0) AS DOUBLE PRECISION)
        AS neutral,
    CAST(SUM(CASE WHEN label = 'mixed' THEN tweets ELSE 0 END) AS DOUBLE PRECISION)
    / CAST(NULLIF(SUM(CASE WHEN label IS NULL THEN 0 ELSE tweets END), 0) AS DOUBLE PRECISION)
        AS mixed
FROM tweet_lang
WHERE
    $__timeFilter(quarter_hour)
    AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
    AND ('*' IN (${lang:sqlstring}) OR COALESCE(lang, 'none') IN (${lang:sqlstring}))
    AND ('*' IN (${label:sqlstring}) OR COALESCE(label, 'unscored') IN (${label:sqlstring}))
GROUP BY COALESCE(lang, 'none')
ORDER BY tweets DESC, COALESCE(lang, 'none') ASC
LIMIT 50
