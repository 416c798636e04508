-- FILES files of 4 KiB, each put or fetched once, over as many connections as wrk was given (one thread).
dofile(os.getenv("BENCHMARKS") .. "/report.lua")
local method, files = os.getenv("METHOD"), tonumber(os.getenv("FILES"))
local body = method == "PUT" and string.rep("0123456789abcdef", 256) or nil
local sent, answered = 0, 0
function request()
    began = began or clock()
    sent = sent + 1
    local path = string.format("/api/2.0/mlflow-artifacts/artifacts/%s/file-%05d.bin", os.getenv("FOLDER"), (sent - 1) % files)
    return wrk.format(method, path, {["Content-Type"] = "application/octet-stream"}, body)
end
function response(status)
    answered = answered + 1
    if answered == files then finish() end
end
