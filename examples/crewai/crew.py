# Two agents of a shop answer a question and put right what is wrong. See README.md.
import os
import sys
import uuid

# Set before crewai is imported: it calls home otherwise.
os.environ.setdefault("CREWAI_DISABLE_TELEMETRY", "true")
os.environ.setdefault("CREWAI_TRACING_ENABLED", "false")

from crewai import LLM, Agent, Crew, Process, Task
from crewai.tools import tool
from sqlalchemy import text

from gateway import TARGETS, TASK, api, database, ticket

QUESTION = sys.argv[1] if len(sys.argv) > 1 else "Bruno Lang says that he was charged twice for an order. Is it true?"

# One identity, two tickets: support cannot reach the database, the analyst cannot refund.
analysts = ticket(
    purpose="find double charges",
    targets=["orders", "billing", "model"],
    rules=["crews read the shop", "crews read billing", "crews ask the model"],
)
supports = ticket(
    purpose="refund double charges",
    targets=["billing", "model"],
    rules=["crews read billing", "crews refund with a nod", "crews ask the model"],
)

shop = database("orders", analysts)
billing_to_read = api("billing", analysts)
billing = api("billing", supports)


@tool("query_shop")
def query_shop(sql: str) -> str:
    """Runs one SQL query on the shop's PostgreSQL: tables customers, orders, charges."""
    # A refusal is an exception like any other error of the database; CrewAI shows it to the model.
    with shop.connect() as connection:
        return "\n".join(str(dict(row)) for row in connection.execute(text(sql)).mappings())


@tool("read_billing")
def read_billing(path: str) -> str:
    """GETs a path of the billing API, such as /v1/payments?order=7."""
    return billing_to_read.get(path).text


@tool("post_to_billing")
def post_to_billing(path: str, body: str) -> str:
    """POSTs a JSON body to a path of the billing API, such as /v1/refunds {"payment": "p_7", "amount": "1.00"}."""
    headers = {
        "content-type": "application/json",
        # The same request of the same task goes out once, however often a model sends it.
        "idempotency-key": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{TASK} {path} {body}")),
    }
    return billing.post(path, content=body, headers=headers).text


def model(bearer):
    """An OpenAI-compatible model behind the gateway, which has its key."""
    return LLM(
        model=os.environ.get("MODEL", "gpt-4.1-mini"),
        provider="openai",
        base_url=f"{TARGETS}/t/model/v1",
        api_key=bearer,
    )


advice = "What is refused is not lost: the error says why, and what is allowed instead. Do that."
analyst = Agent(
    role="Analyst",
    goal="Find out what happened, from the shop's data",
    backstory=advice,
    tools=[query_shop, read_billing],
    llm=model(analysts),
)
support = Agent(
    role="Support",
    goal="Put right what went wrong for customers",
    backstory=advice,
    tools=[post_to_billing],
    llm=model(supports),
)
find = Task(description=QUESTION, expected_output="What happened: order, payments, amounts.", agent=analyst)
repair = Task(
    description="Refund what the customer was charged too much, if anything.",
    expected_output="What was refunded.",
    agent=support,
    context=[find],
)

# cache=False: a command sent again is sent again, and not answered from what CrewAI remembers of it.
crew = Crew(agents=[analyst, support], tasks=[find, repair], process=Process.sequential, cache=False)
print(crew.kickoff())
