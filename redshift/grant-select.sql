GRANT SELECT ON tweet, sentiment, loaded_run TO :"user"
