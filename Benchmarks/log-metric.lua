-- One metric a request, each with a step of its own, so that every request is a new durable point.
local run = os.getenv("RUN_ID")
local threads = 0
function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end
function init()
    step = number * 1000000000
end
function request()
    step = step + 1
    local body = string.format(
        '{"run_id":"%s","key":"loss","value":%.6f,"timestamp":1700000000000,"step":%d}', run, 1 / (step % 1000 + 1), step)
    return wrk.format("POST", "/api/2.0/mlflow/runs/log-metric", {["Content-Type"] = "application/json"}, body)
end
