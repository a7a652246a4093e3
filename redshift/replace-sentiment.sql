-- Rows of the same key that other runs brought. Rows of other topics, sources and models stay.
DELETE FROM sentiment
USING stage_sentiment
WHERE
    sentiment.topic = stage_sentiment.topic
    AND sentiment.source = stage_sentiment.source
    AND sentiment.model = stage_sentiment.model
    AND sentiment.window_seconds = stage_sentiment.window_seconds
    AND sentiment.window_time = stage_sentiment.window_time
