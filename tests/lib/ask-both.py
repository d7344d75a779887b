#!/usr/bin/env python3
"""ask-both: asks two web servers the same, at random, and says where they answer differently.

Each request is one that a page sends, but for one thing or two: what is far from that is far from
where the two part, too.

    ask-both.py COUNT SEED SOCKET SOCKET

Both serve the boards of tests/integration/rev.bats. Asks COUNT times; the same SEED asks the same.
Ends with 1 at the first difference, and prints the request and both answers.
"""
import http.client
import random
import socket
import sys

REVISIONS = ["150", "300", "9007199254740991", "9007199254740992", "0", "0200", "-1", "", "2e2", "200x",
             "%32%30%30", "20%300", "+200", " 200"]
PATHS = ["leaderboard", "leaderboard/teams", "timeline", "timeline/teams", "scoreboard/ctftime", "leaderboard/",
         "Leaderboard", "leaderboard/teams/x", "./timeline", "x/../timeline", "%74imeline", "timeline//teams"]
DIVISIONS = ["", "", "", "3", "4", "03", "../all", "%33", "9007199254740993", "3 "]
CODINGS = ["gzip", "dcz", "br", "identity", "*", "x-gzip", "GZIP", "deflate", ""]
WEIGHTS = ["", "", "", "", ";q=0", ";q=1", ";q=0.5", "; q=0.001", ";q=x", ";Q=0"]
NAMES = ["leaderboard", "leaderboard-teams", "timeline", "ctftime"]
ENDINGS = ["", "-gzip", "-br", "-x", "-dcz-"]


def spoilt(text, chance):
    """Now and then one character is another, is missing, or is there twice."""
    if random.random() > chance or not text:
        return text
    at = random.randrange(len(text))
    return text[:at] + random.choice(["", text[at] * 2, random.choice('"*,;:=&?%/. \t-0aZ')]) + text[at + 1:]


def query():
    parts = ["rev=" + random.choice(REVISIONS + ["100", "200"] * 6)]
    if division := random.choice(DIVISIONS):
        parts.append("division=" + division)
    if random.random() < 0.2:
        parts.append(random.choice(["rev=100", "x=1", "division=3", "", "rev", "REV=1"]))
    random.shuffle(parts)
    return "&".join(parts)


def odd_url():
    return "/api/" + random.choice(PATHS) + random.choice(["?"] * 9 + ["", "??", "#?"]) + query()


def accepted():
    codings = random.choices(CODINGS, [8, 5, 2, 2, 1, 1, 1, 1, 1], k=random.randint(1, 4))
    return random.choice([", ", ",", " ,", ", ,", " "]).join(c + random.choice(WEIGHTS) for c in codings)


def tag(board, dictionary):
    ending = random.choice(ENDINGS)
    text = f'"{random.choice(["100", "200", "300"])}-{random.choice([*NAMES, board, board, board])}{ending}'
    if ending == "-dcz-":
        text += dictionary.strip(":=").replace("+", "-").replace("/", "_")
    return random.choice(["", "", "", "W/", "w/"]) + text + '"'


def tags(board, dictionary):
    several = [tag(board, dictionary) for _ in range(random.randint(1, 3))]
    return random.choice([", ".join(several), several[0], several[0], "*", " *", '"*"'])


def deviate(lines, board, dictionary):
    """Another request line, or another header, or one more."""
    header = random.choice(["URL", "URL", "Accept-Encoding", "Available-Dictionary", "If-None-Match", "If-None-Match",
                            "more", "spoilt"])
    if header == "URL":
        lines["URL"] = odd_url()
    elif header == "Accept-Encoding":
        lines[header] = accepted()
    elif header == "Available-Dictionary":
        lines[header] = spoilt(dictionary, 0.5)
    elif header == "If-None-Match":
        lines[header] = tags(board, dictionary)
    elif header == "spoilt":
        name = random.choice(list(lines))
        lines[name] = spoilt(lines[name], 1)
    else:
        lines.update(random.choice([
            {"Authorization": random.choice(["Bearer x", "Basic x", ""])}, {"accept-encoding": accepted()},
            {"Range": "bytes=0-3"}, {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}]))


def request_lines(dictionaries):
    board, dictionary = random.choice(PATHS[:5]), random.choice(dictionaries)
    lines = {"URL": f"/api/{board}?" + random.choice(["rev=100", "rev=200", "rev=200", "rev=300", "division=3&rev=200"]),
             "Accept-Encoding": random.choice(["gzip", "gzip, deflate, br, zstd, dcb, dcz"])}
    if random.random() < 0.5:
        lines["Available-Dictionary"] = dictionary
    if random.random() < 0.3:
        lines["If-None-Match"] = tag(board.replace("/", "-"), dictionary)
    for _ in range(random.randint(0, 2)):
        deviate(lines, board.replace("/", "-"), dictionary)
    return lines


def answer(path, method, request):
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(20)
        peer.connect(path)
        peer.sendall(request)
        response = http.client.HTTPResponse(peer, method=method)
        response.begin()
        head = sorted(h for h in response.getheaders() if h[0] != "Date")
        return response.status, head, response.read()


def main():
    count, seed, *servers = sys.argv[1:]
    random.seed(int(seed))
    dictionaries = [line.strip() for line in sys.stdin]
    for number in range(int(count)):
        method = random.choice(["GET"] * 8 + ["HEAD", "POST"])
        headers = request_lines(dictionaries)
        lines = [f"{method} {headers.pop('URL')} HTTP/1.1", "Host: host", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = ("\r\n".join(lines) + "\r\n\r\n").encode()
        answers = [answer(server, method, request) for server in servers]
        if answers[0] != answers[1]:
            print(f"seed {seed}, request {number}:", *lines, "is answered", answers[0], "or", answers[1], sep="\n")
            sys.exit(1)


main()
