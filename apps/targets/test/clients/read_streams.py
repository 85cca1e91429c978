"""Reads streams with httpx, each in a thread: jobs as JSON on stdin, then one JSON object a line."""

import json
import sys
import threading

import httpx

printing = threading.Lock()


def say(message):
    with printing:
        print(json.dumps(message), flush=True)


def read(job):
    """Reads one stream line by line, and says when the line that the job waits for has come."""
    lines, error, status, headers = [], None, None, {}
    try:
        # What the environment says of proxies is not for a loopback.
        with httpx.Client(trust_env=False, timeout=None) as client:
            with client.stream("POST", job["url"], json=job["body"]) as response:
                status, headers = response.status_code, dict(response.headers)
                for line in response.iter_lines():
                    lines.append(line.rstrip("\r\n"))
                    if lines[-1] == job["until"]:
                        say({"id": job["id"], "has": True})
    except Exception as thrown:
        error = type(thrown).__name__
    say({"id": job["id"], "status": status, "headers": headers, "lines": lines, "error": error})


threads = [threading.Thread(target=read, args=(job,)) for job in json.load(sys.stdin)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
