-- docs/data-contract.md, in order: COPY goes by position. The key is topic, source, model, window_seconds,
-- window_time. It is small: 35,000 rows are a year of one topic.
CREATE TABLE IF NOT EXISTS sentiment (
    topic VARCHAR(64) NOT NULL,
    source VARCHAR(64) NOT NULL,
    model VARCHAR(64) NOT NULL,
    run_id VARCHAR(64) NOT NULL,
    window_time TIMESTAMP NOT NULL,
    window_seconds INTEGER NOT NULL,
    status VARCHAR(16) NOT NULL,
    count_tweets BIGINT NOT NULL,
    unscored BIGINT NOT NULL,
    collapsed BIGINT NOT NULL,
    count_available BIGINT,
    count_positive BIGINT NOT NULL,
    count_negative BIGINT NOT NULL,
    count_neutral BIGINT NOT NULL,
    count_mixed BIGINT NOT NULL,
    sum_positive DOUBLE PRECISION NOT NULL,
    sum_negative DOUBLE PRECISION NOT NULL,
    sum_neutral DOUBLE PRECISION NOT NULL,
    sum_mixed DOUBLE PRECISION NOT NULL,
    avg_positive DOUBLE PRECISION,
    avg_negative DOUBLE PRECISION,
    avg_neutral DOUBLE PRECISION,
    avg_mixed DOUBLE PRECISION,
    perc_tweet_positive DOUBLE PRECISION,
    perc_tweet_negative DOUBLE PRECISION,
    perc_tweet_neutral DOUBLE PRECISION,
    perc_tweet_mixed DOUBLE PRECISION,
    fetched_at TIMESTAMP
)
DISTSTYLE AUTO
SORTKEY (window_time)
