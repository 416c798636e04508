-- The bulk of the soak's load: one row whose answers by both versions are known, and every answer checked.
-- MODEL names the model, DELAY_MS paces each connection.
local threads = {}
local path = "/v2/models/" .. os.getenv("MODEL") .. "/infer"
local delay_ms = tonumber(os.getenv("DELAY_MS"))
-- 1 / (1 + exp(-(a + b))) of version 1, 1 / (1 + exp(-(2a + b))) of version 2, for a = 1 and b = 2.
local scores = {["1"] = 0.95257412682, ["2"] = 0.98201379004}
local count = 0
answers, wrong, busy, example = 0, 0, 0, ""
function setup(thread) table.insert(threads, thread) end
function delay() return delay_ms end
function request()
    count = count + 1
    local body = '{"parameters":{"key":"w' .. count .. '"},"inputs":[{"name":"features","datatype":"FP32","shape":[1,2],"data":[1,2]}]}'
    return wrk.format("POST", path, {["Content-Type"] = "application/json"}, body)
end
function response(status, headers, body)
    -- A gateway that is starting or draining says so.
    if status == 503 then busy = busy + 1 return end
    answers = answers + 1
    local version = body:match('"model_version":"(%d+)"')
    local score = body:match('"probabilities".-"data":%[[%d.e-]+,([%d.e-]+)%]')
    local expected = scores[version]
    if status ~= 200 or not score or not expected or math.abs(tonumber(score) - expected) > 1e-5 then
        wrong = wrong + 1
        example = status .. " " .. body:sub(1, 200)
    end
end
function done(summary, latency)
    local total = {answers = 0, wrong = 0, busy = 0}
    for _, thread in ipairs(threads) do
        for name in pairs(total) do total[name] = total[name] + thread:get(name) end
        if thread:get("wrong") > 0 then io.stderr:write(thread:get("example"), "\n") end
    end
    print(string.format('{"answers":%d,"wrong":%d,"busy":%d,"seconds":%.3f,"p50_ms":%.3f,"p99_ms":%.3f}',
        total.answers, total.wrong, total.busy, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
