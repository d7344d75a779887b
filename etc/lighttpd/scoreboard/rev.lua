-- rev: answers GET and HEAD /api/<board>?rev=N out of the snapshot directory, when N is
-- kept there.
--
-- Whatever it answers is what the read responder (fcgi/read.c) would answer, header by header, and
-- whatever it does not know for certain how to answer it leaves to the responder: further
-- parameters, a page of another site, a revision that is not here or not yet current, weights in Accept-Encoding, tags in
-- If-None-Match that need a closer look. A header is set only once the answer is certain, so that
-- the responder's never bears one of these.
--
-- lighttpd runs this file for each request, and nearly all requests are for the same few boards: so
-- what is costly is done once, and remembered in _G, which outlives a run. It outlives this file too:
-- a new one takes effect when lighttpd is restarted.

if _G.answer then return _G.answer(lighty.r) end

local LEAVE_TO_RESPONDER = 0

-- Remembers what `f` has made of a string; forgets all of it now and then, since anybody may ask
-- about any number of strings.
local function remember(f)
    local known, count = {}, 0
    return function(text)
        local answer = known[text]
        if answer == nil then
            answer = f(text)
            if count == 100 then known, count = {}, 0 end
            known[text], count = answer, count + 1
        end
        return answer
    end
end

-- --- What is asked for ---------------------------------------------------------------------------

local file_of = {
    ["leaderboard"] = "leaderboard",
    ["leaderboard/teams"] = "leaderboard-teams",
    ["timeline"] = "timeline",
    ["timeline/teams"] = "timeline-teams",
    ["scoreboard/ctftime"] = "ctftime",
}

-- A board in one coding.
local function form_of(path, tag, encoding)
    return { path = path, etag = '"' .. tag .. '"', encoding = encoding, body = { { filename = path } } }
end

-- The board that a URL asks for; false for any other URL.
local function board_at(uri, boards)
    local board, division, revision = uri:match("^/api/([%l/]+)%?(.-)rev=([1-9]%d*)$")
    local file = file_of[board]
    if not file or #revision > 16 then return false end
    local id = division:match("^division=([1-9]%d*)&$")
    if division ~= "" and (not id or #id > 16) then return false end
    local path = boards .. "/" .. revision .. "/public/" .. (id or "all") .. "/" .. file
    local content = revision .. "-" .. file
    return {
        revision = revision,
        number = tonumber(revision),
        content = content,
        pattern = 'match="/api/' .. board .. "?" .. division .. 'rev=*"',
        gzip = form_of(path .. ".json.gz", content .. "-gzip", "gzip"),
        delta_from = remember(function(dictionary)
            return form_of(path .. "." .. dictionary .. ".dcz", content .. "-dcz-" .. dictionary, "dcz")
        end),
    }
end

-- What is accepted: gzip, and perhaps a delta. False where it takes weighing, or the text itself, which
-- only the responder makes.
local accepted_by = remember(function(accept_encoding)
    local list = "," .. accept_encoding:lower():gsub("%s*,%s*", ",") .. ","
    if list:find("[;*%s]") or not list:find(",gzip,", 1, true) then return false end
    return { delta = list:find(",dcz,", 1, true) }
end)

-- The name of the dictionary that Available-Dictionary offers (lib/dictionary.h); false for anything
-- else, so that it never leads out of its folder.
local file_character = { ["+"] = "-", ["/"] = "_" }
local dictionary_in = remember(function(available_dictionary)
    local base64 = available_dictionary:match("^:([A-Za-z0-9+/]+)=:$")
    return base64 and #base64 == 43 and (base64:gsub("[+/]", file_character))
end)

-- Whether If-None-Match might be about this board without being this form's tag: the responder looks
-- at each tag of the list.
local function needs_a_closer_look(if_none_match, board)
    return if_none_match:find(board.content, 1, true) or if_none_match:find("*", 1, true)
end

-- --- What is there -------------------------------------------------------------------------------

-- The snapshot directory whose revisions are in `boards`. One lighttpd may serve several.
local directory_of = remember(function(boards)
    local current = (boards:match("^(.*)/boards$") or boards) .. "/current"
    return {
        board_at = remember(function(uri) return board_at(uri, boards) end),
        manifest = current .. "/manifest.json",
        shown = current .. "/public/all/leaderboard.json.gz", -- missing: the competition is hidden
        newest = 0, -- the newest revision that it was seen to serve
    }
end)

local function read_current(directory)
    local manifest = io.open(directory.manifest)
    local head = manifest and manifest:read(64) or ""
    if manifest then manifest:close() end
    return tonumber(head:match('"revision":(%d+)')) or 0
end

-- A revision's files are there a moment before it is current, and until then nobody may see it.
-- `current` only ever goes forward, so that what was seen once holds for all that is older.
local function is_current_or_older(board, directory)
    if board.number > directory.newest then directory.newest = read_current(directory) end
    return board.number <= directory.newest
end

-- What differs from the dictionary that the client has, where there is such a delta, or the whole.
local function form_for(board, accepted, available_dictionary)
    local dictionary = accepted.delta and available_dictionary and dictionary_in(available_dictionary)
    local delta = dictionary and board.delta_from(dictionary)
    return delta and lighty.c.stat(delta.path) and delta or board.gzip
end

-- --- The answer ----------------------------------------------------------------------------------

local function describe(header, board, form)
    header["ETag"] = form.etag
    header["Vary"] = "Accept-Encoding, Available-Dictionary, Authorization, Origin"
    header["X-Scoreboard-Revision"] = board.revision
    header["Cache-Control"] = "public, max-age=86400, s-maxage=300, immutable"
end

local function answer_unchanged(request, board, form)
    if not lighty.c.stat(form.path) then return LEAVE_TO_RESPONDER end
    describe(request.resp_header, board, form)
    return 304
end

-- lighttpd remembers files for a while. A path's content never changes, so that this can do no harm
-- but to find a file which has just been removed; the body is empty then.
local function answer_board(request, board, form)
    local body = request.resp_body
    body.set(form.body)
    if body.bytes_in == 0 then return LEAVE_TO_RESPONDER end

    local header = request.resp_header
    describe(header, board, form)
    header["Content-Type"] = "application/json; charset=utf-8"
    header["Use-As-Dictionary"] = board.pattern
    if form.encoding then header["Content-Encoding"] = form.encoding end
    return 200
end

function _G.answer(request)
    local asked = request.req_header
    local boards = request.req_env["SCOREBOARD_BOARDS"]
    if not boards then return LEAVE_TO_RESPONDER end -- a site's own add-environment has taken its place
    if asked["Authorization"] then return LEAVE_TO_RESPONDER end -- perhaps one of the staff
    if asked["Origin"] then return LEAVE_TO_RESPONDER end -- a page of another site: may it read this?
    local directory = directory_of(boards)
    local board = directory.board_at(request.req_attr["request.orig-uri"])
    local accepted = accepted_by(asked["Accept-Encoding"] or "")
    if not board or not accepted or not is_current_or_older(board, directory) then
        return LEAVE_TO_RESPONDER
    end

    if not lighty.c.stat(directory.shown) then return LEAVE_TO_RESPONDER end

    local form = form_for(board, accepted, asked["Available-Dictionary"])
    local if_none_match = asked["If-None-Match"]
    if if_none_match == form.etag then return answer_unchanged(request, board, form) end
    if if_none_match and needs_a_closer_look(if_none_match, board) then return LEAVE_TO_RESPONDER end
    return answer_board(request, board, form)
end

return _G.answer(lighty.r)
