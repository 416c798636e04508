-- One new run a request, each begun a moment after the one before it, as clients send it.
dofile(os.getenv("BENCHMARKS") .. "/report.lua")
local body = '{"experiment_id":"0","user_id":"bench","start_time":%d,"tags":[{"key":"team","value":"vision"}]}'
local now = os.time() * 1000
function request()
    now = now + 1
    return wrk.format("POST", "/api/2.0/mlflow/runs/create", {["Content-Type"] = "application/json"}, body:format(now))
end
