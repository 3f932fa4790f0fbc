# An MCP server of the shop's, over stdio. It has a key of a carrier's; clients never do.
import os

from mcp.server.fastmcp import FastMCP
from mcp.types import ToolAnnotations

KEY = os.environ["PARCELS_KEY"]
parcels = FastMCP("parcels")


@parcels.tool(annotations=ToolAnnotations(readOnlyHint=True))
def track(order: int) -> dict[str, object]:
    """Where the parcel of an order is."""
    return {"order": order, "city": "Berlin", "signed_by": "bruno@lang.example", "asked_with": KEY}


@parcels.tool()
def redirect(order: int, city: str) -> dict[str, object]:
    """Sends the parcel of an order to another city."""
    return {"order": order, "city": city}


@parcels.tool()
def discard(order: int) -> dict[str, object]:
    """Throws the parcel of an order away."""
    return {"order": order, "gone": True}


parcels.run()
