-- A thousand metrics a request: ten keys, a hundred new steps each.
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
    local metrics = {}
    for index = 1, 1000 do
        metrics[index] = string.format(
            '{"key":"metric_%d","value":%.4f,"timestamp":1700000000000,"step":%d}', index % 10, index / 7, step + index)
    end
    step = step + 1000
    local body = '{"run_id":"' .. run .. '","metrics":[' .. table.concat(metrics, ",") .. "]}"
    return wrk.format("POST", "/api/2.0/mlflow/runs/log-batch", {["Content-Type"] = "application/json"}, body)
end
