-- Tells arrival_hook.py how each instance came, before Orthanc stores it.
--
-- Orthanc gives the called AE title of a C-STORE to Lua alone: a Python callback sees, for a duplicate, what the
-- first sender called. Orthanc calls this filter and then the Python filter in one thread, one after the other, and
-- RestApiPost runs the Python function behind the path in that thread too: there the two meet, by thread.

-- Orthanc pushes the instance's tags on Lua's stack without asking for room: four slots per nested sequence, of which
-- Lua keeps about forty. A deeper data set, from any device, would write past the stack. So the stack is made large,
-- and since only the collector shrinks it, and only below what is in use, the collector runs while it is full.
local stackSlots = 400000
local garbageKilobytesMax = 32 * 1024
local unpack = table.unpack or unpack
local nothing = {}

local function collectWhileFull(...)
  collectgarbage('collect')
end

local function reserveStack()
  collectWhileFull(unpack(nothing, 1, stackSlots))
end

collectgarbage('stop')
reserveStack()

-- AE titles are whatever a device sends: hexadecimal digits travel safely.
local function hexadecimal(text)
  local digits = string.gsub(text or '', '.', function(character)
    return string.format('%02x', string.byte(character))
  end)
  return digits
end

-- True keeps the instance. An error refuses it: a C-STORE is answered 0xA700 (out of resources), and the device keeps
-- the image and tries again.
function ReceivedInstanceFilter(dicom, origin, info)
  local announcement = table.concat({
    hexadecimal(origin['RequestOrigin']),
    hexadecimal(origin['CalledAet']),
    hexadecimal(origin['RemoteAet']),
    hexadecimal(origin['RemoteIp']),
    hexadecimal(dicom['SOPInstanceUID']),
  }, ' ')
  local answer = RestApiPost('/bitewing/announce', announcement, false)

  if collectgarbage('count') > garbageKilobytesMax then
    reserveStack()
  end
  if answer ~= 'announced' then
    error('The arrival could not be announced to the hook')
  end
  return true
end
