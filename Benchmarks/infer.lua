-- One flight a request.
local rows = {
    "17.5,4,1089,32.5,14.0,38,0,10,0", "6.25,0,529,4.0,0,22,0,10,0", "12.0,2,2475,18.0,6.5,31,0.02,7,0",
    "20.75,6,733,55.0,28.0,35,0.11,2.5,0",
}
local count = 0
function request()
    count = count + 1
    local body = '{"parameters":{"key":"flight-' .. count .. '"},"inputs":[{"name":"features","datatype":"FP32","shape":[1,9],"data":['
        .. rows[count % 4 + 1] .. "]}]}"
    return wrk.format("POST", "/v2/models/flight-delay/infer", {["Content-Type"] = "application/json"}, body)
end
