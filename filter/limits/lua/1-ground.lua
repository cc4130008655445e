-- What the rest stands on: the question, the clock, names of keys, and how state is kept.
--
-- filter/limits/redis.py joins the files of this folder in their order and sends them as one script:
--   KEYS[1]  what every name begins with; its {tag} puts all of them into one slot of a cluster
--   ARGV[1]  the question as JSON: `act` says which (acts.lua)
-- What the numbers mean is said in filter/limits/interface.py. Times are whole microseconds since
-- 1970: below 2^53, so that Lua's doubles are exact.

local ask = cjson.decode(ARGV[1])

local SLICES = 10
local CELLS = 28
local MOST_MEMBERS = 1000
local MOST_NUMBERS = 64
local NEIGHBOURHOOD = 3
local FLOOD_GAP = 3600 * 1000000
local DAY = 86400 * 1000000
local KNOWN = 400 * DAY
local NEVER = -1 -- in an answer: nobody knows when

-- State outlives its use by this much: its end is decided by the clock above, not by the server's
-- way of expiring keys.
local MARGIN_MS = 60000
-- Lua passes no more than 8000 values to a call.
local CHUNK = 1000

-- Return the number as Redis wants it; Lua would write large ones as 1.7e+15.
local function whole(number)
  return string.format('%.0f', number)
end

-- Return now: the server's time, or what a test says it is.
local function clock()
  if ask.now then
    return ask.now
  end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local now = clock()

local function name(kind, id)
  return KEYS[1] .. ':' .. kind .. ':' .. id
end

-- Return after how many milliseconds what is of use until `moment` may go.
local function life(moment)
  return whole(math.max(0, math.ceil((moment - now) / 1000)) + MARGIN_MS)
end

local function keep(key, value, moment)
  redis.call('SET', key, value, 'PX', life(moment))
end

local function keep_packed(key, value, moment)
  keep(key, cmsgpack.pack(value), moment)
end

local function unpacked(value)
  return value and cmsgpack.unpack(value) or nil
end

-- Call f with slices of a list, none longer than Lua can pass.
local function in_chunks(list, f)
  for first = 1, #list, CHUNK do
    local last = math.min(first + CHUNK - 1, #list)
    f(first, unpack(list, first, last))
  end
end

-- Values by key, read together before anything is decided: `false` where there is none.
local held = {}

local function fetch(keys)
  in_chunks(keys, function(first, ...)
    for i, value in ipairs({ unpack(redis.call('MGET', ...)) }) do
      held[keys[first + i - 1]] = value
    end
  end)
end

-- Return the sum, or the highest, of row[first] to row[last].
local function sum(row, first, last)
  local total = 0
  for slot = first, last do
    total = total + (row[slot] or 0)
  end
  return total
end

local function highest(row, first, last)
  local most = 0
  for slot = first, last do
    most = math.max(most, row[slot] or 0)
  end
  return most
end

-- Forget what lies outside of first..last: the past, and a future that a clock set back has left.
local function cut(row, first, last)
  for slot in pairs(row) do
    if slot < first or slot > last then
      row[slot] = nil
    end
  end
end

local function add(row, slot, number)
  row[slot] = (row[slot] or 0) + number
end

local function take_off(row, slot, number)
  row[slot] = math.max(0, (row[slot] or 0) - number)
end

-- Sorted sets of members with the time of their latest charge.

-- Return the times of members, `false` where one is not there.
local function times_of(key, members)
  local times = {}
  in_chunks(members, function(first, ...)
    for i, time in ipairs(redis.call('ZMSCORE', key, ...)) do
      times[first + i - 1] = time and tonumber(time)
    end
  end)
  return times
end

local function remove_members(key, members)
  in_chunks(members, function(_, ...)
    redis.call('ZREM', key, ...)
  end)
end

local function put_member(key, member, time)
  redis.call('ZADD', key, whole(time), member)
end

-- Times later than now, which a clock that was set back has left, become now.
local function take_as_now(key)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. whole(now), '+inf')) do
    put_member(key, member, now)
  end
end
