-- Rate and Distinct: what a message may still take.
--
-- Every measure has: names(m), the keys to fetch; read(m), a reading; charge(m, r, goes), which is
-- called for all of them when the message goes on, and otherwise, too: it notes attempts and sets
-- right what a clock set back has left; give_back(m, r), give the charge that read r back;
-- forget(m), for a reset; lasts(m), how long a charge is of any use.

local Rate = {}

function Rate.names(m)
  return { m.key }
end

function Rate.lasts(m)
  return m.burst * m.interval
end

function Rate.read(m)
  local stored = tonumber(held[m.key]) or 0
  local latest = now + m.burst * m.interval
  m.is_ahead = stored > latest
  m.arrival = math.min(math.max(stored, now), latest)
  m.after = m.arrival + m.cost * m.interval
  local wait = math.max(0, m.after - latest)
  return {
    exceeded = wait > 0,
    count = math.ceil((m.arrival - now) / m.interval),
    wait = m.cost > m.burst and NEVER or wait,
    free = math.min(stored, latest),
  }
end

function Rate.charge(m, r, goes)
  if goes and not r.exceeded then
    r.free = m.after
    keep(m.key, whole(m.after), m.after)
  elseif m.is_ahead then
    keep(m.key, whole(m.arrival), m.arrival)
  end
end

function Rate.give_back(m, r)
  if not held[m.key] then
    return
  end
  local arrival = Rate.read(m).free
  local to_come = math.min(math.max(0, r.free - now), m.cost * m.interval)
  arrival = math.max(arrival - to_come, math.min(arrival, now))
  keep(m.key, whole(arrival), arrival)
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
  m.times = times_of(m.key, m.members)
  local own = 0
  for i = 1, #m.members do
    m.times[i] = m.times[i] and m.times[i] > now - m.span and math.min(m.times[i], now)
    own = own + (m.times[i] and 1 or 0)
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
  if not goes or r.exceeded then
    return
  end
  drop_members(m, redis.call('ZRANGEBYSCORE', m.key, '-inf', whole(now - m.span)))
  for i, member in ipairs(m.members) do
    if m.times[i] then
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
