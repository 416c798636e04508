-- Makes runs FIRST..<FIRST+COUNT over HTTP (PHASE=create, their identifiers into IDS) and logs to them (PHASE=log): ten metric
-- points under three keys, three params, three tags. One thread. mlflow_peer/seed.py writes the same values into MLflow's database.
dofile(os.getenv("BENCHMARKS") .. "/report.lua")
local count, file, experiment = tonumber(os.getenv("COUNT")), os.getenv("IDS"), os.getenv("EXPERIMENT")
local creating = os.getenv("PHASE") == "create"
local next_run, answered, ids = 0, 0, {}
if not creating then
    for line in io.lines(file) do
        local index, id = line:match("^(%d+) (%x+)$")
        ids[tonumber(index)] = id
    end
else
    ids = assert(io.open(file, "w"))
end
local headers = {["Content-Type"] = "application/json"}
local rates = {"0.1", "0.01", "0.001", "0.0001"}
local function create(index)
    return string.format(
        '{"experiment_id":"%s","user_id":"bench","run_name":"run-%07d","start_time":%d}', experiment, index, 1700000000000 + index * 1000)
end
local function log(index)
    local accuracy = (index * 2654435761) % 4294967296 / 4294967296
    local metrics = {}
    for step = 0, 7 do
        metrics[step + 1] = string.format('{"key":"loss","value":%.9f,"timestamp":%d,"step":%d}', (1 - accuracy) / (step + 1), 1700000000000 + step, step)
    end
    metrics[9] = string.format('{"key":"accuracy","value":%.9f,"timestamp":1700000000008,"step":0}', accuracy)
    metrics[10] = string.format('{"key":"f1","value":%.9f,"timestamp":1700000000008,"step":0}', accuracy * 0.9)
    return string.format(
        '{"run_id":"%s","metrics":[%s],"params":[{"key":"lr","value":"%s"},{"key":"depth","value":"%d"},{"key":"seed","value":"%d"}],'
            .. '"tags":[{"key":"team","value":"team-%d"},{"key":"stage","value":"%s"},{"key":"host","value":"node-%d"}]}',
        ids[index], table.concat(metrics, ","), rates[index % 4 + 1], index % 10, index, index % 5,
        index % 2 == 0 and "try" or "final", index % 16)
end
function request()
    began = began or clock()
    -- wrk asks once before it starts, to look at the request, and never sends that.
    if not looked then
        looked = true
        return wrk.format("GET", "/health")
    end
    -- Requests beyond the last run only keep wrk's connections busy until it ends.
    if next_run >= count then return wrk.format("GET", "/health") end
    local index = next_run
    next_run = next_run + 1
    if creating then return wrk.format("POST", "/api/2.0/mlflow/runs/create", headers, create(index)) end
    return wrk.format("POST", "/api/2.0/mlflow/runs/log-batch", headers, log(index))
end
function response(status, _, body)
    if creating then
        local id = body:match('"run_id":%s*"(%x+)"')
        local index = body:match('"run_name":%s*"run%-(%d+)"')
        if id and index then
            ids:write(tonumber(index), " ", id, "\n")
            answered = answered + 1
        end
    elseif body == "{}" then
        answered = answered + 1
    elseif status ~= 200 then
        print("refused: " .. body)
        finish()
    end
    if answered == count then
        if creating then ids:close() end
        answered = answered + 1
        finish()
    end
end
