-- One body, out of a file, again and again: BODY, INFER_PATH, and HEADER_LENGTH if the body is binary.
dofile(os.getenv("BENCHMARKS") .. "/report.lua")
local file = assert(io.open(os.getenv("BODY"), "rb"))
local body = file:read("*a")
file:close()
local headers = {["Content-Type"] = "application/json"}
local length = os.getenv("HEADER_LENGTH")
if length then headers = {["Content-Type"] = "application/octet-stream", ["Inference-Header-Content-Length"] = length} end
local text
function init() text = wrk.format("POST", os.getenv("INFER_PATH"), headers, body) end
function request() return text end
