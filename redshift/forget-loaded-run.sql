DELETE FROM loaded_run
WHERE run_id = :'run_id' AND model = :'model'
