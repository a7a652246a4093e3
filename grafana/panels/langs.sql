-- Languages as the source states them: tweets, and the share of each label among those that were scored.
SELECT
    COALESCE(lang, 'none') AS lang,
    COUNT(*) AS tweets,
    CAST(SUM(CASE WHEN label = 'positive' THEN 1 ELSE 0 END) AS DOUBLE PRECISION)
    / CAST(NULLIF(COUNT(label), 0) AS DOUBLE PRECISION)
        AS positive,
    CAST(SUM(CASE WHEN label = 'negative' THEN 1 ELSE 0 END) AS DOUBLE PRECISION)
    / CAST(NULLIF(COUNT(label), 0) AS DOUBLE PRECISION)
        AS negative,
    CAST(SUM(CASE WHEN label = 'neutral' THEN 1 ELSE 0 END) AS DOUBLE PRECISION)
    / CAST(NULLIF(COUNT(label), 0) AS DOUBLE PRECISION)
        AS neutral,
    CAST(SUM(CASE WHEN label = 'mixed' THEN 1 ELSE 0 END) AS DOUBLE PRECISION)
    / CAST(NULLIF(COUNT(label), 0) AS DOUBLE PRECISION)
        AS mixed
FROM tweet
WHERE
    $__timeFilter(created_at)
    AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
    AND ('*' IN (${lang:sqlstring}) OR COALESCE(lang, 'none') IN (${lang:sqlstring}))
    AND ('*' IN (${label:sqlstring}) OR COALESCE(label, 'unscored') IN (${label:sqlstring}))
GROUP BY COALESCE(lang, 'none')
ORDER BY tweets DESC, COALESCE(lang, 'none') ASC
LIMIT 50
