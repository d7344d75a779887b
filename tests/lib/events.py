#!/usr/bin/env python3
"""events: a holder of the publish token who does not know when to stop.

    events.py URL TOKEN RATE SECONDS

Posts RATE events a second for so long, over 8 connections at a time, and prints how many were accepted.
"""
import http.client
import sys
import threading
import time
import urllib.parse

THREADS = 8
BODY = b'{"scope":"all","reason":"submission_correct"}'


def post(connection, token):
    connection.request("POST", "/api/scoreboard/events", BODY,
                       {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    answer.read()
    return answer.status == 202


def post_all(host, token, moments, accepted):
    connection = http.client.HTTPConnection(host, timeout=20)
    for moment in moments:
        time.sleep(max(0, moment - time.monotonic()))
        accepted.append(post(connection, token))


def main(url, token, rate, seconds):
    begin = time.monotonic()
    moments = [begin + n / rate for n in range(int(rate * seconds))]
    accepted = []
    threads = [threading.Thread(target=post_all, args=(urllib.parse.urlsplit(url).netloc, token,
                                                       moments[n::THREADS], accepted))
               for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(accepted))


main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
