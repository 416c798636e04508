-- A thousand metrics a request: ten keys, a hundred new steps each. Only the steps' leading digits change from one
-- request to the next, so that making the text costs the generator next to nothing.
dofile(os.getenv("BENCHMARKS") .. "/report.lua")
local run = os.getenv("RUN_ID")
local metrics = {}
for index = 0, 999 do
    metrics[index + 1] = string.format(
        '{"key":"metric_%d","value":%.4f,"timestamp":1700000000000,"step":@%03d}', index % 10, index / 7, index)
end
local template = '{"run_id":"' .. run .. '","metrics":[' .. table.concat(metrics, ",") .. "]}"
function init()
    -- Beyond what a prefilled run holds, and apart from the other thread.
    thousands = (number + tonumber(os.getenv("BAND") or 1) * 10) * 1000000
end
function request()
    thousands = thousands + 1
    local body = template:gsub("@", tostring(thousands))
    return wrk.format("POST", "/api/2.0/mlflow/runs/log-batch", {["Content-Type"] = "application/json"}, body)
end
