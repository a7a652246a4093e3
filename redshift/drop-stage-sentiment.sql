DROP TABLE stage_sentiment
