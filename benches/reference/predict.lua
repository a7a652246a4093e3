-- A client for wrk: sends the bodies of a file, one a line, in turn, and prints what came of it as JSON.
--
-- usage: BODIES=bodies.jsonl wrk -t1 -c32 -d10s -s predict.lua http://127.0.0.1:8080/predict

local requests = {}
local at = 0

function init(args)
   local headers = { ["Content-Type"] = "application/json" }
   for body in io.lines(os.getenv("BODIES")) do
      requests[#requests + 1] = wrk.format("POST", nil, headers, body)
   end
end

function request()
   at = at % #requests + 1
   return requests[at]
end

function done(summary, latency)
   local errors = summary.errors
   local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
   io.write(string.format(
      '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "failed": %d}\n',
      summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failed))
end
