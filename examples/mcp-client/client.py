# A plain MCP client (pip install mcp): a server behind the gateway, then the gateway's own tools. See README.md.
import asyncio
import os

import httpx
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

TARGETS = os.environ["SALLYPORT_TARGETS"]  # https://localhost:8444
GATEWAY = os.environ["SALLYPORT_URL"]  # https://localhost:8443
TOKEN = os.environ["SALLYPORT_TOKEN"]


async def call(session, tool, **arguments):
    result = await session.call_tool(tool, arguments)
    words = "\n".join(part.text for part in result.content)
    print(f"{tool} {arguments}\n{'refused: ' if result.isError else ''}{words}\n")
    return result.structuredContent or {}


async def parcels(session):
    # Tools that this agent may not call whatever it says are not in the list.
    print("tools:", ", ".join(tool.name for tool in (await session.list_tools()).tools), "\n")
    await call(session, "track", order=1003)
    await call(session, "redirect", order=1003, city="Berlin")
    await call(session, "discard", order=1003)
    # Waits for a person.
    await call(session, "redirect", order=1003, city="Lyon")


async def gateway(session):
    await call(session, "list_targets")
    await call(session, "describe_target", target="orders", table="public.customers")
    await call(session, "run", target="orders", sql="SELECT id, name, email FROM customers ORDER BY id")
    await call(session, "run", target="orders", sql="DELETE FROM customers")
    # Held: told at once, run once it is approved.
    ship = {"target": "orders", "sql": "UPDATE orders SET status = 'shipped' WHERE id = 1003"}
    held = await call(session, "run", **ship)
    while (await call(session, "wait_for_approval", id=held["approval"]))["state"] == "pending":
        pass
    await call(session, "run", **ship)


async def main():
    client = httpx.AsyncClient(headers={"authorization": f"Bearer {TOKEN}"}, timeout=httpx.Timeout(30, read=600))
    async with client:
        for url, use in ((f"{TARGETS}/t/parcels/mcp", parcels), (f"{GATEWAY}/mcp", gateway)):
            async with streamable_http_client(url, http_client=client) as (reading, writing, *_):
                async with ClientSession(reading, writing) as session:
                    await session.initialize()
                    await use(session)


asyncio.run(main())
