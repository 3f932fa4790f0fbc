# One agent of LangGraph's with the tools of ../crewai. See README.md.
import os
import sys

from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from sqlalchemy import text

from gateway import TARGETS, api, database, ticket

QUESTION = sys.argv[1] if len(sys.argv) > 1 else "Bruno Lang was charged twice for an order: refund him."

bearer = ticket(
    purpose="refund double charges",
    targets=["orders", "billing", "model"],
    rules=["crews read the shop", "crews read billing", "crews refund with a nod", "crews ask the model"],
)
shop = database("orders", bearer)
billing = api("billing", bearer)


@tool
def query_shop(sql: str) -> str:
    """Runs one SQL query on the shop's PostgreSQL: tables customers, orders, charges."""
    # LangGraph ends at an exception of a tool, so a refusal is handed to the model as text.
    try:
        with shop.connect() as connection:
            return "\n".join(str(dict(row)) for row in connection.execute(text(sql)).mappings())
    except Exception as refused:
        return str(refused)


@tool
def read_billing(path: str) -> str:
    """GETs a path of the billing API, such as /v1/payments?order=7."""
    return billing.get(path).text


@tool
def post_to_billing(path: str, body: str) -> str:
    """POSTs a JSON body to a path of the billing API, such as /v1/refunds {"payment": "p_7", "amount": "1.00"}."""
    return billing.post(path, content=body, headers={"content-type": "application/json"}).text


agent = create_agent(
    ChatOpenAI(
        model=os.environ.get("MODEL", "gpt-4.1-mini"),
        base_url=f"{TARGETS}/t/model/v1",
        api_key=bearer,
        streaming=True,
    ),
    [query_shop, read_billing, post_to_billing],
    system_prompt="What is refused is not lost: the error says why, and what is allowed instead. Do that.",
)
print(agent.invoke({"messages": [("user", QUESTION)]})["messages"][-1].content)
