-- A body out of a file, under a key of its own each time, so that a router has to decide anew: BODY, INFER_PATH.
dofile(os.getenv("BENCHMARKS") .. "/report.lua")
local file = assert(io.open(os.getenv("BODY"), "rb"))
local rest = file:read("*a"):sub(2)
file:close()
local headers = {["Content-Type"] = "application/json"}
local path = os.getenv("INFER_PATH")
local texts, at, many = {}, 0, 1024
function init()
    for count = 1, many do
        local body = '{"parameters":{"key":"customer-' .. (number * many + count) .. '"},' .. rest
        texts[count] = wrk.format("POST", path, headers, body)
    end
end
function request()
    at = at % many + 1
    return texts[at]
end
