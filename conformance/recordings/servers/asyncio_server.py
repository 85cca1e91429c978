"""A server on asyncio's streams that sends what a file says, tells when it has, and then fails as a line on stdin says."""

import asyncio
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    SCRIPT = json.load(file)

orders: asyncio.Queue = asyncio.Queue()


async def read_request(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.decode("latin1").split("\r\n"):
        if line.lower().startswith("content-length:"):
            await reader.readexactly(int(line.split(":")[1]))


async def answer(reader, writer):
    await read_request(reader)
    if SCRIPT.get("raisesAtOnce"):
        print("SENT", flush=True)
        raise RuntimeError("The handler failed before its answer")
    headers = SCRIPT["headers"]
    writer.write(("HTTP/1.1 200 OK\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n").encode())
    chunked = headers.get("transfer-encoding") == "chunked"
    for event in SCRIPT["events"]:
        data = event.encode()
        writer.write(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
        await writer.drain()
    print("SENT", flush=True)
    order = await orders.get()
    if order == "abort":
        writer.transport.abort()
    elif order == "raise":
        try:
            raise RuntimeError("The generator failed")
        finally:
            writer.close()
    elif order == "close":
        writer.close()


async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, lambda: orders.put_nowait(sys.stdin.readline().strip()))
    print(f"PORT {server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
