-- Volume, Spread, Run, FirstSeen and Use: what is unusual.

local function slot_of(m, time)
  return math.floor(time / m.slice)
end

-- Since when a watch learns, and when its profile was last named.

local function profile_key(m)
  return name('w', m.profile)
end

local function profile_of(m)
  local since, last = string.match(held[profile_key(m)] or '', '^(%d+) (%d+)$')
  since, last = tonumber(since), tonumber(last)
  if not since or now - last >= KNOWN then
    return now, nil
  end
  return math.min(since, now), last
end

local function is_learning(m)
  local since = profile_of(m)
  return now - since < m.learning
end

local function keep_profile(m)
  local since, last = profile_of(m)
  -- A day late is early enough for something that is kept for 400.
  if not last or last > now or now - last > DAY then
    local text = whole(since) .. ' ' .. whole(now)
    held[profile_key(m)] = text
    keep(profile_key(m), text, now + KNOWN)
  end
end

-- Is it `at_least` so many, and more than `times` the usual peak?
local function is_unusual(m, count, usual)
  return count >= m.at_least and count > m.times * usual
end

local function usual_peak(m, peaks)
  local cell = math.floor(now / m.cell)
  return highest(peaks, cell - CELLS, cell - 1)
end

local function cut_peaks(m, peaks)
  local cell = math.floor(now / m.cell)
  cut(peaks, cell - CELLS, cell)
end

local function add_peak(m, peaks, number)
  local cell = math.floor(now / m.cell)
  peaks[cell] = math.max(peaks[cell] or 0, number)
end

-- When the open cell stops being one of those that count.
local function end_of_history(m)
  return (math.floor(now / m.cell) + CELLS + 1) * m.cell
end

local function is_learned_from(r, goes)
  return goes and (r.learning or not r.exceeded)
end

-- State: tried and gone, counts by slice; peaks, by cell.

local Volume = {}

function Volume.names(m)
  return { m.key, profile_key(m) }
end

function Volume.read(m)
  m.state = unpacked(held[m.key]) or { tried = {}, gone = {}, peaks = {} }
  local slot = slot_of(m, now)
  local count = sum(m.state.tried, slot - SLICES + 1, slot) + m.cost
  local usual = usual_peak(m, m.state.peaks)
  return {
    exceeded = is_unusual(m, count, usual),
    count = count,
    usual = usual,
    learning = is_learning(m),
  }
end

function Volume.charge(m, r, goes)
  local slot, first = slot_of(m, now), slot_of(m, now) - SLICES + 1
  cut(m.state.tried, first, slot)
  cut(m.state.gone, first, slot)
  cut_peaks(m, m.state.peaks)
  add(m.state.tried, slot, m.cost)
  if is_learned_from(r, goes) then
    add(m.state.gone, slot, m.cost)
    add_peak(m, m.state.peaks, sum(m.state.gone, first, slot))
  end
  keep_packed(m.key, m.state, math.max(end_of_history(m), (slot + SLICES) * m.slice))
  keep_profile(m)
end

function Volume.give_back() end

function Volume.forget(m)
  redis.call('DEL', m.key)
end

-- State: a sorted set of members by the time of their latest attempt; beside it peaks, by cell.

local Spread = {}

local function peaks_of(m)
  return m.key .. ':p'
end

function Spread.names(m)
  return { peaks_of(m), profile_key(m) }
end

function Spread.read(m)
  m.peaks = unpacked(held[peaks_of(m)]) or {}
  m.present = redis.call('ZCOUNT', m.key, '(' .. whole(now - m.span), '+inf')
  m.latest = times_of(m.key, m.members)
  local count = m.present
  for i = 1, #m.members do
    m.latest[i] = m.latest[i] and m.latest[i] > now - m.span and m.latest[i]
    count = count + (m.latest[i] and 0 or 1)
  end
  count = math.min(count, MOST_MEMBERS)
  local usual = usual_peak(m, m.peaks)
  return {
    exceeded = is_unusual(m, count, usual),
    count = count,
    usual = usual,
    learning = is_learning(m),
  }
end

local function note_members(m)
  take_as_now(m.key)
  redis.call('ZREMRANGEBYSCORE', m.key, '-inf', whole(now - m.span))
  local room = MOST_MEMBERS - m.present
  for i, member in ipairs(m.members) do
    if not m.latest[i] then
      room = room - 1
    end
    if m.latest[i] or room >= 0 then
      put_member(m.key, member, now)
    end
  end
  redis.call('PEXPIRE', m.key, life(now + m.span))
end

function Spread.charge(m, r, goes)
  note_members(m)
  cut_peaks(m, m.peaks)
  if is_learned_from(r, goes) then
    add_peak(m, m.peaks, r.count)
  end
  keep_packed(peaks_of(m), m.peaks, end_of_history(m))
  keep_profile(m)
end

function Spread.give_back() end

function Spread.forget(m)
  redis.call('DEL', m.key, peaks_of(m))
end

-- State: a list of {number, time}, the latest last.

local Run = {}

function Run.names(m)
  return { m.key }
end

-- Return the list with the members at its end, without what is too old or too many.
local function renewed(m)
  local is_member, list = {}, {}
  for _, member in ipairs(m.members) do
    is_member[tonumber(member)] = true
  end
  for _, entry in ipairs(unpacked(held[m.key]) or {}) do
    if entry[2] > now - m.span and not is_member[entry[1]] then
      table.insert(list, { entry[1], math.min(entry[2], now) })
    end
  end
  for _, member in ipairs(m.members) do
    table.insert(list, { tonumber(member), now })
  end
  return { unpack(list, math.max(1, #list - MOST_NUMBERS + 1)) }
end

local function numbers_with_neighbours(list)
  local numbers, found = {}, 0
  for i, entry in ipairs(list) do
    numbers[i] = entry[1]
  end
  table.sort(numbers)
  for i, number in ipairs(numbers) do
    local below, above = numbers[i - 1], numbers[i + 1]
    if below and number - below <= NEIGHBOURHOOD or above and above - number <= NEIGHBOURHOOD then
      found = found + 1
    end
  end
  return found
end

function Run.read(m)
  m.state = renewed(m)
  local total, count = #m.state, numbers_with_neighbours(m.state)
  local exceeded = total >= m.at_least and count * 100 >= m.percent * total
  return { exceeded = exceeded, count = count }
end

function Run.charge(m)
  keep_packed(m.key, m.state, now + m.span)
end

function Run.give_back() end

function Run.forget(m)
  redis.call('DEL', m.key)
end

-- State: when something last went on.

local FirstSeen = {}

function FirstSeen.names(m)
  return { m.key, profile_key(m) }
end

function FirstSeen.read(m)
  m.last = tonumber(held[m.key])
  m.is_known = m.last ~= nil and now - m.last < KNOWN
  local learning = is_learning(m)
  return {
    exceeded = not m.is_known and not learning,
    count = m.is_known and 0 or 1,
    learning = learning,
  }
end

function FirstSeen.charge(m, _, goes)
  if goes and (not m.is_known or m.last > now or now - m.last > DAY) then
    keep(m.key, whole(now), now + KNOWN)
  end
  keep_profile(m)
end

function FirstSeen.give_back() end

function FirstSeen.forget(m)
  keep(m.key, whole(now), now + KNOWN)
end

-- State: sent, used and unrequested, counts by slice; what a list shows, and what a report needs to
-- know without the rule. Two sorted sets list the keys, by their latest charge and by their end.

local Use = {}
local USE_LAST = name('uses', 'last')
local USE_ENDS = name('uses', 'ends')

function Use.names(m)
  return { m.key }
end

function Use.lasts(m)
  return m.span + m.grace
end

-- Return the first slice that began no more than `seconds + grace_seconds` ago.
local function first_slice(m)
  return math.ceil((now - m.span - m.grace) / m.slice)
end

function Use.read(m)
  m.state = unpacked(held[m.key]) or { sent = {}, used = {}, unrequested = {} }
  -- The last slice that ended `grace_seconds` ago or earlier.
  local last = math.floor((now - m.grace) / m.slice) - 1
  local sent = sum(m.state.sent, first_slice(m), last)
  local used = sum(m.state.used, first_slice(m), last)
  local exceeded = sent >= m.at_least and used * 100 < m.percent * sent
  return { exceeded = exceeded, count = sent, used = used }
end

local function cut_slices(state)
  for _, row in ipairs({ state.sent, state.used, state.unrequested }) do
    cut(row, first_slice(state), slot_of(state, now))
  end
end

local function end_of_use(state)
  return state.last + state.span + state.grace + state.slice
end

local function list_use(m)
  redis.call('ZADD', USE_LAST, whole(now), m.id)
  redis.call('ZADD', USE_ENDS, whole(end_of_use(m.state)), m.id)
  local ended = redis.call('ZRANGEBYSCORE', USE_ENDS, '-inf', whole(now), 'LIMIT', 0, CHUNK)
  for _, key in ipairs({ USE_LAST, USE_ENDS }) do
    remove_members(key, ended)
    redis.call('PEXPIRE', key, life(now + KNOWN))
  end
end

function Use.charge(m, _, goes)
  if not goes then
    return
  end
  local state = m.state
  state.rule, state.label, state.last = m.rule, m.label, now
  state.slice, state.span, state.grace = m.slice, m.span, m.grace
  cut_slices(state)
  add(state.sent, slot_of(m, now), m.cost)
  keep_packed(m.key, state, end_of_use(state))
  list_use(m)
end

local function keep_use(key, state)
  redis.call('SET', key, cmsgpack.pack(state), 'KEEPTTL')
end

function Use.give_back(m, r, reports)
  local state, slot = unpacked(held[m.key]), slot_of(m, r.at)
  if not state or not state.sent[slot] then
    return
  end
  take_off(state.sent, slot, m.cost)
  for signal in pairs(reports) do
    take_off(state[signal], slot, m.cost)
  end
  keep_use(m.key, state)
end

function Use.forget(m)
  redis.call('DEL', m.key)
  redis.call('ZREM', USE_LAST, m.id)
  redis.call('ZREM', USE_ENDS, m.id)
end

local MEASURES = {
  Rate = Rate,
  Distinct = Distinct,
  Volume = Volume,
  Spread = Spread,
  Run = Run,
  FirstSeen = FirstSeen,
  Use = Use,
}
