-- Rate and Distinct: what a message may still take.
--
-- Every measure has: names(m), the keys to fetch; read(m), a reading; charge(m, r, goes), which is
-- called for all of them when the message goes on, and otherwise, too: it notes attempts and sets
-- right what a clock set back has left; give_back(m, r), take the charge at r.at back;
-- forget(m), for a reset; lasts(m), how long a charge is of any use.

-- State: the line {arrival, begun, returned} of filter/limits/gcra.py.

local Rate = {}

local function line_of(m)
  local arrival, begun, returned = string.match(held[m.key] or '', '^(%d+) (%d+) (%d+)$')
  assert(arrival or not held[m.key], 'bad line in input') -- it may have been full
  return { tonumber(arrival) or 0, tonumber(begun) or 0, tonumber(returned) or 0 }
end

local function keep_line(m, line)
  local text = whole(line[1]) .. ' ' .. whole(line[2]) .. ' ' .. whole(line[3])
  keep(m.key, text, line[1])
end

function Rate.names(m)
  return { m.key }
end

function Rate.lasts(m)
  return m.burst * m.interval
end

function Rate.read(m)
  local line, room, taken = line_of(m), m.burst * m.interval, m.cost * m.interval
  local count = 0
  if line[1] <= now then
    m.with = { now + taken, now, 0 }
  else
    -- Beyond this only a clock that was set back explains it: nobody waits longer than a burst.
    m.is_ahead = line[1] > now + room
    line[1] = math.min(line[1], now + room)
    count = math.ceil((line[1] - now) / m.interval)
    m.with = { line[1] + taken, line[2], line[3] }
  end
  m.without = line
  local wait = math.max(0, m.with[1] - now - room)
  local exceeded = wait > 0
  if m.cost > m.burst then
    wait = NEVER
  end
  return { exceeded = exceeded, count = count, wait = wait, line = line }
end

function Rate.charge(m, r, goes)
  if goes and not r.exceeded then
    r.line = m.with
    keep_line(m, m.with)
  elseif m.is_ahead then
    keep_line(m, m.without)
  end
end

-- What of the charge is surely left? LimitStore.give_back says why.
function Rate.give_back(m, r)
  local line, taken = line_of(m), m.cost * m.interval
  if line[1] <= now or r.at < line[2] then
    return
  end
  local arrival = math.min(line[1], now + m.burst * m.interval)
  local ahead = m.free - (line[3] - m.returned) - now
  local left = math.min(taken, math.max(ahead, taken - (now - r.at), 0), arrival - now)
  keep_line(m, { arrival - left, line[2], line[3] + left })
end

function Rate.forget(m)
  redis.call('DEL', m.key)
end

-- The times of members are in a sorted set. Beside it, in a hash, how many charges a member has
-- that was charged again while it counted; who is not there has one.

local Distinct = {}

local function hash_of(m)
  return m.key .. ':n'
end

local function charges_of(m, member)
  return tonumber(redis.call('HGET', hash_of(m), member) or 1)
end

local function put_charges(m, member, charges)
  redis.call('HSET', hash_of(m), member, whole(charges))
end

local function drop_members(m, members)
  remove_members(m.key, members)
  in_chunks(members, function(_, ...)
    redis.call('HDEL', hash_of(m), ...)
  end)
end

-- Return when enough of the others stop counting for this charge to fit.
local function time_to_wait(m, too_many, own)
  local is_own = {}
  for _, member in ipairs(m.members) do
    is_own[member] = true
  end
  local found = redis.call('ZRANGEBYSCORE', m.key, '(' .. whole(now - m.span), '+inf',
    'WITHSCORES', 'LIMIT', 0, too_many + own)
  for i = 1, #found, 2 do
    if not is_own[found[i]] then
      too_many = too_many - 1
      if too_many == 0 then
        return math.min(tonumber(found[i + 1]), now) + m.span - now
      end
    end
  end
  return NEVER
end

function Distinct.names()
  return {}
end

function Distinct.lasts(m)
  return m.span
end

function Distinct.read(m)
  local count = redis.call('ZCOUNT', m.key, '(' .. whole(now - m.span), '+inf')
  m.latest = times_of(m.key, m.members)
  local own = 0
  for i = 1, #m.members do
    m.latest[i] = m.latest[i] and m.latest[i] > now - m.span and math.min(m.latest[i], now)
    own = own + (m.latest[i] and 1 or 0)
  end
  local too_many = count - own + #m.members - m.allowed
  local wait = 0
  if #m.members > m.allowed then
    wait = NEVER
  elseif too_many > 0 then
    wait = time_to_wait(m, too_many, own)
  end
  return { exceeded = too_many > 0, count = count, wait = wait }
end

function Distinct.charge(m, r, goes)
  take_as_now(m.key)
  -- Who has stopped to count stays so, even when the clock is set back by a little afterwards.
  drop_members(m, redis.call('ZRANGEBYSCORE', m.key, '-inf', whole(now - m.span)))
  if not goes or r.exceeded then
    return
  end
  for i, member in ipairs(m.members) do
    if m.latest[i] then
      put_charges(m, member, charges_of(m, member) + 1)
    end
    put_member(m.key, member, now)
  end
  redis.call('PEXPIRE', m.key, life(now + m.span))
  redis.call('PEXPIRE', hash_of(m), life(now + m.span))
end

-- A charge longer ago than `span` is no longer among those of who counts now.
function Distinct.give_back(m, r)
  if r.at + m.span <= now then
    return
  end
  for i, time in ipairs(times_of(m.key, m.members)) do
    local member = m.members[i]
    local charges = time and time > now - m.span and charges_of(m, member) or 0
    if charges > 1 then
      put_charges(m, member, charges - 1)
    elseif charges == 1 then
      drop_members(m, { member })
    end
  end
end

function Distinct.forget(m)
  redis.call('DEL', m.key, hash_of(m))
end
