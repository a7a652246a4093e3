-- Tweets by quarter of an hour, language and label: what is asked of all languages is asked of this, which the embedded
-- warehouse keeps ready.
CREATE OR REPLACE VIEW tweet_lang AS
SELECT
    topic,
    source,
    model,
    run_id,
    CASE
        WHEN EXTRACT(MINUTE FROM created_at) < 15 THEN DATE_TRUNC('hour', created_at)
        WHEN EXTRACT(MINUTE FROM created_at) < 30 THEN DATE_TRUNC('hour', created_at) + INTERVAL '15 minutes'
        WHEN EXTRACT(MINUTE FROM created_at) < 45 THEN DATE_TRUNC('hour', created_at) + INTERVAL '30 minutes'
        ELSE DATE_TRUNC('hour', created_at) + INTERVAL '45 minutes'
    END AS quarter_hour,
    lang,
    label,
    COUNT(*) AS tweets
FROM tweet
GROUP BY 1, 2, 3, 4, 5, 6, 7
