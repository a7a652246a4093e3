-- Last in a load, so that it counts what the load brought before another run can replace any of it.
SELECT
    tweets,
    windows
FROM loaded_run
WHERE run_id = :'run_id' AND model = :'model'
