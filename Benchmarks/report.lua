-- Ends a run of wrk with one line of JSON: what was answered, how fast, and what failed.
-- A script that sets `counted` (in its threads) has its own time from the first request to the last answer.
local ffi = require("ffi")
ffi.cdef [[
    typedef struct { long seconds; long microseconds; } bench_time;
    int gettimeofday(bench_time *time, void *zone);
    int getpid(void);
    int tgkill(int process, int thread, int signal);
]]
local threads = {}
function setup(thread)
    thread:set("number", #threads)
    table.insert(threads, thread)
end
function clock()
    local time = ffi.new("bench_time")
    ffi.C.gettimeofday(time, nil)
    return tonumber(time.seconds) + tonumber(time.microseconds) / 1e6
end
-- Ends the whole of wrk, not only this thread: its first thread would sleep until the stated duration is over.
function finish()
    ended = clock()
    wrk.thread:stop()
    local process = ffi.C.getpid()
    ffi.C.tgkill(process, process, 2)
end
function done(summary, latency)
    local seconds = summary.duration / 1e6
    local first = threads[1]
    if first:get("began") and first:get("ended") then seconds = first:get("ended") - first:get("began") end
    local acknowledged = {}
    for index, thread in ipairs(threads) do acknowledged[index] = thread:get("acknowledged") or 0 end
    local errors = summary.errors
    print(string.format(
        '{"requests":%d,"seconds":%.4f,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,"refused":%d,"broken":%d,"timeouts":%d,"acknowledged":[%s]}',
        summary.requests, seconds, latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
        errors.status, errors.connect + errors.read + errors.write, errors.timeout, table.concat(acknowledged, ",")))
end
