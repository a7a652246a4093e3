-- What an earlier load of this run and model brought: some of it may be gone from its tables by now.
DELETE FROM tweet
WHERE run_id = :'run_id' AND model = :'model'
