-- The most telling tweets: those whose label the model is surest of.
SELECT
    created_at AS "time",
    text,
    label,
    CASE label
        WHEN 'positive' THEN positive
        WHEN 'negative' THEN negative
        WHEN 'neutral' THEN neutral
        WHEN 'mixed' THEN mixed
    END AS probability,
    CASE WHEN LOWER(post_url) LIKE 'https://%' OR LOWER(post_url) LIKE 'http://%' THEN post_url END AS post_url,
    username
FROM tweet
WHERE
    $__timeFilter(created_at)
    AND label IS NOT NULL
    AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
    AND ('*' IN (${lang:sqlstring}) OR COALESCE(lang, 'none') IN (${lang:sqlstring}))
    AND ('*' IN (${label:sqlstring}) OR COALESCE(label, 'unscored') IN (${label:sqlstring}))
ORDER BY probability DESC, created_at DESC, tweet_id ASC
LIMIT 100
