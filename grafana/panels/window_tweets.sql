-- Tweets of one window, which the time range is then: from its start on, and before its end.
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
    created_at >= $__timeFrom()
    AND created_at < $__timeTo()
    AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
    AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
    AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
    AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
    AND ('*' IN (${lang:sqlstring}) OR COALESCE(lang, 'none') IN (${lang:sqlstring}))
    AND ('*' IN (${label:sqlstring}) OR COALESCE(label, 'unscored') IN (${label:sqlstring}))
ORDER BY created_at ASC, tweet_id ASC
LIMIT 500
