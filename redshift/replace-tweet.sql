-- Rows of the same key that other runs brought. Rows of other topics, sources and models stay.
DELETE FROM tweet
USING stage_tweet
WHERE
    tweet.topic = stage_tweet.topic
    AND tweet.source = stage_tweet.source
    AND tweet.model = stage_tweet.model
    AND tweet.tweet_id = stage_tweet.tweet_id
