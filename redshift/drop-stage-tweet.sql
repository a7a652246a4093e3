DROP TABLE stage_tweet
