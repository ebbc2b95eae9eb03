-- checkout.lua - checkouts for wrk: each cart of a file is bought once, with a key of its own.
--
--   wrk -t1 -c64 -d10s -s bench/checkout.lua URL -- CARTS
--
-- CARTS holds a line `cart-id token` per cart (bench_fill). One thread: each would begin with the first cart. Stops when all
-- are bought. Prints: checkouts, seconds, not good, p50 ms, p99 ms, slowest ms.

local carts, next_cart = {}, 1
local body = '{"contact":{"name":"Ada Example","email":"ada.example@example.com","phone":"+441234567890"},' ..
    '"shipping_address":{"name":"Ada Example","line1":"12 Some Long Street","city":"London","postal_code":"N1 9GU","country":"GB"}}'

function init(arguments)
    for line in io.lines(arguments[1]) do
        carts[#carts + 1] = line
    end
end

function request()
    local id, token = carts[next_cart]:match("(%S+) (%S+)")
    if next_cart == #carts then
        wrk.thread:stop()
    else
        next_cart = next_cart + 1
    end
    return "POST /v1/carts/" .. id .. "/checkout HTTP/1.1\r\nHost: bench\r\nCart-Token: " .. token .. "\r\nIdempotency-Key: " .. id ..
        "\r\nContent-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

function done(summary, latency, requests)
    local errors = summary.errors
    local not_good = errors.status + errors.connect + errors.read + errors.write + errors.timeout
    print(string.format("checkouts %d %.3f %d %.2f %.2f %.1f", summary.requests - errors.status, summary.duration / 1e6, not_good,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
