GRANT SELECT ON tweet, sentiment, tweet_lang, run_stage, loaded_run TO :"user"
