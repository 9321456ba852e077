-- Makes wrk request the paths of a file, each of them once, from a line on.
local paths = {}
local next = tonumber(os.getenv("FIRST_PATH")) + 1
for path in io.lines(os.getenv("PATHS_FILE")) do
  paths[#paths + 1] = path
end

function request()
  local path = paths[(next - 1) % #paths + 1]
  next = next + 1
  return wrk.format("GET", path)
end
