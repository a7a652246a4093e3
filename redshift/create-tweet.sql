-- docs/data-contract.md, in order: COPY goes by position. VARCHAR counts bytes. The key is topic, source, model,
-- tweet_id; Redshift holds no key, load does.
CREATE TABLE IF NOT EXISTS tweet (
    topic VARCHAR(64) NOT NULL,
    source VARCHAR(64) NOT NULL,
    model VARCHAR(64) NOT NULL,
    run_id VARCHAR(64) NOT NULL,
    tweet_id VARCHAR(256) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    author_id VARCHAR(128),
    username VARCHAR(1024),
    name VARCHAR(1024),
    location VARCHAR(1024),
    verified BOOLEAN,
    lang VARCHAR(16),
    referenced_tweet_id VARCHAR(256),
    referenced_type VARCHAR(16),
    post_url VARCHAR(512),
    text VARCHAR(65535) NOT NULL,
    text_truncated BOOLEAN NOT NULL,
    label VARCHAR(8),
    positive DOUBLE PRECISION,
    negative DOUBLE PRECISION,
    neutral DOUBLE PRECISION,
    mixed DOUBLE PRECISION
)
DISTSTYLE KEY
DISTKEY (tweet_id)
SORTKEY (created_at)
