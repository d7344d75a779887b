-- rev: sends the board of an exact ?rev=N itself, without asking a responder.
--
-- After a notice every viewer asks for ?rev=N at once. That answer is a file that never changes, so
-- lighttpd can send it as fast as any static file. Whatever else is asked (another query, a tag to
-- compare, weighted encodings, a revision that is pruned or not yet here) falls through to the
-- responder, and what is answered here is, header for header, what the responder answers
-- (fcgi/read.c; a test compares them).

local FALL_THROUGH = 0

local files = {
    ["/api/leaderboard"] = "leaderboard",
    ["/api/leaderboard/teams"] = "leaderboard-teams",
    ["/api/timeline"] = "timeline",
    ["/api/timeline/teams"] = "timeline-teams",
}

local r = lighty.r
local boards = r.req_env["SCOREBOARD_BOARDS"]

local function asks_for(path, query)
    local file = files[path]
    local revision = string.match(query or "", "^rev=([1-9]%d*)$")

    if file and revision and #revision <= 16 then
        return file, revision
    end
end

-- The suffix of the file to send; nil where it takes the responder to decide.
local function suffix_for(accepted)
    if not accepted then
        return ""
    end
    if string.find(accepted, "[^%w,%- ]") then
        return nil -- weights, or a star
    end
    for coding in string.gmatch(string.lower(accepted), "[%w%-]+") do
        if coding == "gzip" then
            return ".gz"
        end
    end
    return ""
end

-- A revision is written a moment before it becomes the node's own. Until then it must not be seen,
-- or a viewer would be sent back to the one before. (Read, not stat: lighttpd remembers a stat for
-- a second.)
local function is_here(revision)
    local manifest = io.open(boards .. "/../current/manifest.json")
    local current = manifest and string.match(manifest:read("*a"), '"revision":(%d+)')

    if manifest then
        manifest:close()
    end
    return current and tonumber(revision) <= tonumber(current)
end

local function send(file, revision, suffix)
    local path = boards .. "/" .. revision .. "/public/all/" .. file .. ".json" .. suffix
    local gzip = suffix ~= ""
    local header = r.resp_header

    if not lighty.c.stat(path) then
        return FALL_THROUGH
    end
    header["ETag"] = '"' .. revision .. "-" .. file .. (gzip and "-gzip" or "") .. '"'
    header["Vary"] = "Accept-Encoding"
    header["X-Scoreboard-Revision"] = revision
    header["Cache-Control"] = "public, max-age=300, immutable"
    header["Content-Type"] = "application/json; charset=utf-8"
    if gzip then
        header["Content-Encoding"] = "gzip"
    end
    r.resp_body.set({ { filename = path } })
    return 200
end

local method = r.req_attr["request.method"]
local file, revision = asks_for(r.req_attr["uri.path"], r.req_attr["uri.query"])
local suffix = suffix_for(r.req_header["Accept-Encoding"])

if (method == "GET" or method == "HEAD") and revision and suffix
    and not r.req_header["If-None-Match"] and is_here(revision) then
    return send(file, revision, suffix)
end
return FALL_THROUGH
