-- One new run a request.
dofile(os.getenv("BENCHMARKS") .. "/report.lua")
local body = '{"experiment_id":"0","user_id":"bench","start_time":1700000000000,"tags":[{"key":"team","value":"vision"}]}'
function request()
    return wrk.format("POST", "/api/2.0/mlflow/runs/create", {["Content-Type"] = "application/json"}, body)
end
