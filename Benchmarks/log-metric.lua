-- One metric a request, each with a step of its own, so that every request is a new durable point.
dofile(os.getenv("BENCHMARKS") .. "/report.lua")
local run = os.getenv("RUN_ID")
function init()
    step = number * 1000000000
end
function request()
    -- wrk asks the first thread once before it starts, to look at the request, and never sends that.
    if looked or number > 0 then step = step + 1 end
    looked = true
    local body = string.format(
        '{"run_id":"%s","key":"loss","value":%.6f,"timestamp":1700000000000,"step":%d}', run, 1 / (step % 1000 + 1), step)
    return wrk.format("POST", "/api/2.0/mlflow/runs/log-metric", {["Content-Type"] = "application/json"}, body)
end
if os.getenv("COUNT_ACKNOWLEDGED") then
    acknowledged = 0
    function response(status)
        if status == 200 then acknowledged = acknowledged + 1 end
    end
end
