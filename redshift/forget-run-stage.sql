DELETE FROM run_stage
WHERE run_id = :'run_id' AND model = :'model'
