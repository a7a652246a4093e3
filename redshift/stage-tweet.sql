CREATE TEMP TABLE stage_tweet (LIKE tweet)
