-- One row for each key, whatever the files hold: Redshift does not enforce keys. In order of time, which is that of the
-- table, so that it needs no VACUUM.
INSERT INTO tweet (
    topic,
    source,
    model,
    run_id,
    tweet_id,
    created_at,
    author_id,
    username,
    name,
    location,
    verified,
    lang,
    referenced_tweet_id,
    referenced_type,
    post_url,
    text,
    text_truncated,
    label,
    positive,
    negative,
    neutral,
    mixed
)
SELECT
    topic,
    source,
    model,
    run_id,
    tweet_id,
    created_at,
    author_id,
    username,
    name,
    location,
    verified,
    lang,
    referenced_tweet_id,
    referenced_type,
    post_url,
    text,
    text_truncated,
    label,
    positive,
    negative,
    neutral,
    mixed
FROM (
    SELECT
        topic,
        source,
        model,
        run_id,
        tweet_id,
        created_at,
        author_id,
        username,
        name,
        location,
        verified,
        lang,
        referenced_tweet_id,
        referenced_type,
        post_url,
        text,
        text_truncated,
        label,
        positive,
        negative,
        neutral,
        mixed,
        ROW_NUMBER() OVER (
            PARTITION BY topic, source, model, tweet_id
            ORDER BY created_at DESC
        ) AS occurrence
    FROM stage_tweet
) AS numbered
WHERE occurrence = 1
ORDER BY created_at
