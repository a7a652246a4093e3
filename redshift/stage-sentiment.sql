CREATE TEMP TABLE stage_sentiment (LIKE sentiment)
