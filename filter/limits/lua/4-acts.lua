-- What can be asked. Each act reads the question and returns the answer; numbers are whole.

-- Floods: {since, last, attempts} by key, and a sorted set of those of the last hour.

local FLOODS = name('floods', 'last')
local MOST_FLOODS = 100

local function flood_key(m)
  return name('f', m.id)
end

local function reset_key(m)
  return name('z', m.id)
end

local function flood_of(m)
  local flood = unpacked(held[flood_key(m)])
  return flood and now - flood.last < FLOOD_GAP and flood or nil
end

local function mark_flood(m)
  local flood = flood_of(m) or { since = now, attempts = 0 }
  flood.last, flood.attempts = now, flood.attempts + 1
  flood.rule, flood.label = m.rule, m.label
  keep_packed(flood_key(m), flood, now + FLOOD_GAP)
  redis.call('ZADD', FLOODS, whole(now), m.id)
end

-- A list of the latest hundred needs no more of them, whatever an attacker does.
local function tidy_floods()
  redis.call('ZREMRANGEBYRANK', FLOODS, 0, -2 * MOST_FLOODS)
  redis.call('PEXPIRE', FLOODS, life(now + FLOOD_GAP))
end

-- Meters: give each its measure and its key, and fetch what they are read from.

local function set_out(meters)
  local keys = {}
  for _, m in ipairs(meters) do
    m.measure, m.key = MEASURES[m.kind], name('m', m.id)
    for _, key in ipairs(m.measure.names(m)) do
      table.insert(keys, key)
    end
    table.insert(keys, flood_key(m))
  end
  fetch(keys)
end

local function read(m)
  local r = m.measure.read(m)
  local flood = flood_of(m)
  r.is_new = r.exceeded and not flood
  r.since = flood and flood.since or r.is_new and now or 0
  r.wait = r.wait or (r.exceeded and NEVER or 0)
  return r
end

local function read_all(meters)
  set_out(meters)
  local readings = {}
  for i, m in ipairs(meters) do
    readings[i] = read(m)
  end
  return readings
end

local function bit_of(condition)
  return condition and 1 or 0
end

local function answer(readings)
  local rows = {}
  for i, r in ipairs(readings) do
    rows[i] = {
      bit_of(r.exceeded), r.count, r.wait, r.usual or 0, r.used or 0,
      bit_of(r.learning), r.since, bit_of(r.is_new),
      r.line and r.line[1] or 0, r.line and r.line[3] or 0,
    }
  end
  return rows
end

-- Tracks: `r` is what is known of a message by its first reference; `t` leads to it from any: a list
-- of first references, the latest last. More than this many messages of one recipient are not told
-- apart, should the latest be given back.
local MOST_NAMES = 8

local function track_key(reference)
  return name('r', reference)
end

local function names_key(reference)
  return name('t', reference)
end

local function load(key)
  return unpacked(redis.call('GET', key))
end

-- Return the latest message that a reference finds, if any.
local function tracked_by(reference)
  local names = load(names_key(reference)) or {}
  for i = #names, 1, -1 do
    local track = load(track_key(names[i]))
    if track and now < track.ends then
      return track, names[i]
    end
  end
end

local function add_name(reference, first, ends)
  local names = load(names_key(reference)) or {}
  table.insert(names, first)
  names = { unpack(names, math.max(1, #names - MOST_NAMES + 1)) }
  keep_packed(names_key(reference), names, ends)
end

local function put_track(track, meters)
  local first, ends = track.references[1], now + track.span
  local uses = {}
  for _, m in ipairs(meters) do
    if m.kind == 'Use' then
      table.insert(uses, { id = m.id, slot = slot_of(m, now), cost = m.cost })
    end
  end
  local known = { at = now, ends = ends, transaction = track.transaction, uses = uses, reports = {} }
  keep_packed(track_key(first), known, ends)
  for _, reference in ipairs(track.references) do
    add_name(reference, first, ends)
  end
end

-- Return what was reported of the message, and forget it.
local function take_track(asked)
  local key = asked and track_key(asked.references[1])
  local known = key and load(key)
  if known and known.at ~= ask.at then
    known = nil
  end
  if known then
    redis.call('DEL', key)
  end
  return known and known.reports or {}
end

local acts = {}

function acts.charge()
  local readings, goes = read_all(ask.meters), true
  for i, m in ipairs(ask.meters) do
    local r = readings[i]
    goes = goes and not (r.exceeded and m.decides and not r.learning)
  end
  local is_flood = false
  for i, m in ipairs(ask.meters) do
    m.measure.charge(m, readings[i], goes)
    if readings[i].exceeded then
      mark_flood(m)
      is_flood = true
    end
  end
  if is_flood then
    tidy_floods()
  end
  if goes and ask.track then
    put_track(ask.track, ask.meters)
  end
  return { bit_of(goes), now, answer(readings) }
end

function acts.peek()
  return answer(read_all(ask.meters))
end

function acts.give_back()
  local reports = take_track(ask.track)
  if ask.at > now then
    return
  end
  set_out(ask.meters)
  for i, m in ipairs(ask.meters) do
    local was_reset = tonumber(redis.call('GET', reset_key(m)) or 0) >= ask.at
    if m.charged and not was_reset then
      m.measure.give_back(m, { at = ask.at }, reports)
    end
  end
end

function acts.reset()
  set_out(ask.meters)
  for _, m in ipairs(ask.meters) do
    m.measure.forget(m)
    redis.call('DEL', flood_key(m))
    redis.call('ZREM', FLOODS, m.id)
    if m.measure.lasts then
      keep(reset_key(m), whole(now), now + m.measure.lasts(m))
    end
  end
end

local function count_report(use, at, signal)
  local state = load(name('m', use.id))
  local reset_at = tonumber(redis.call('GET', reset_key(use)) or 0)
  if state and state.sent[use.slot] and reset_at < at then
    add(state[signal], use.slot, use.cost)
    keep_use(name('m', use.id), state)
  end
end

function acts.report()
  local track, first = tracked_by(ask.reference)
  if not track then
    return 0
  end
  if not track.reports[ask.signal] then
    track.reports[ask.signal] = 1
    redis.call('SET', track_key(first), cmsgpack.pack(track), 'KEEPTTL')
    for _, use in ipairs(track.uses) do
      count_report(use, track.at, ask.signal)
    end
  end
  return 1
end

function acts.tracked()
  local track = tracked_by(ask.reference)
  return track and track.transaction or ''
end

function acts.track()
  local track, first = tracked_by(ask.reference)
  if not track then
    return 0
  end
  keep_packed(names_key(ask.also), { first }, track.ends)
  return 1
end

-- A claim: {at, ends, transaction, answer}.

local function claim_of(key)
  local claim = load(key)
  return claim and claim.at <= now and now < claim.ends and claim or nil
end

function acts.claim()
  local key = name('c', ask.key)
  local claim = claim_of(key)
  if not claim then
    claim = { at = now, ends = now + ask.span, transaction = ask.transaction }
    keep_packed(key, claim, claim.ends)
    return { 1, '' }
  end
  local is_first = claim.transaction == ask.transaction and not claim.answer
  -- An answer may be empty: then there is one all the same.
  return { bit_of(is_first), claim.transaction, claim.answer }
end

-- ARGV[2] is the answer: bytes, which JSON cannot hold.
function acts.settle_claim()
  local key = name('c', ask.key)
  local claim = claim_of(key)
  if not claim or claim.transaction ~= ask.transaction then
    return
  end
  if ARGV[2] then
    claim.answer = ARGV[2]
    keep_packed(key, claim, claim.ends)
  else
    redis.call('DEL', key)
  end
end

function acts.floods()
  local ids = redis.call('ZREVRANGEBYSCORE', FLOODS, '+inf', '(' .. whole(now - FLOOD_GAP),
    'LIMIT', 0, MOST_FLOODS)
  local rows = {}
  for _, id in ipairs(ids) do
    local flood = load(name('f', id))
    if flood then
      table.insert(rows, { flood.rule, flood.label, flood.since, flood.last, flood.attempts })
    end
  end
  return rows
end

local function use_rate(state)
  local first, last = first_slice(state), slot_of(state, now)
  return {
    state.rule, state.label, sum(state.sent, first, last),
    sum(state.used, first, last), sum(state.unrequested, first, last),
  }
end

function acts.use_rates()
  local rows = {}
  for _, id in ipairs(redis.call('ZREVRANGE', USE_LAST, 0, -1)) do
    local state = load(name('m', id))
    local rate = state and use_rate(state)
    if rate and rate[3] > 0 then
      table.insert(rows, rate)
    end
    if #rows == ask.most then
      break
    end
  end
  return rows
end

-- Nothing is well when nothing can be written: a replica, a full memory. Who asks again and finds
-- another epoch learns that all keys were forgotten in between.
function acts.ping()
  redis.call('SET', name('ping', 'last'), whole(now), 'PX', MARGIN_MS)
  local key = name('epoch', 'id')
  local epoch = redis.call('GET', key) or ask.epoch
  keep(key, epoch, now + KNOWN)
  return epoch
end

return acts[ask.act]()
