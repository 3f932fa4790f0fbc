# How an agent reaches everything: through the gateway, with a ticket of its own.
import os
import uuid

import httpx
from sqlalchemy import URL, create_engine

GATEWAY = os.environ["SALLYPORT_URL"]  # https://localhost:8443: tickets
TARGETS = os.environ["SALLYPORT_TARGETS"]  # https://localhost:8444: HTTP targets
TASK = os.environ.get("TASK") or f"T-{uuid.uuid4().hex[:6]}"


def ticket(purpose, targets, rules):
    """What this agent may do of all that the crew may, for an hour, and what for (RFC 8693)."""
    answer = httpx.post(
        f"{GATEWAY}/oauth/token",
        data={
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": os.environ["SALLYPORT_TOKEN"],
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "target": targets,
            "rules": rules,
            "purpose": purpose,
            "task": TASK,
        },
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()["access_token"]


def database(target, password):
    """An engine of SQLAlchemy, as for any PostgreSQL: the database is the target, the password the ticket."""
    return create_engine(
        URL.create(
            "postgresql+psycopg",
            username="crew",
            password=password,
            host=os.environ.get("PGHOST", "localhost"),
            port=int(os.environ.get("PGPORT", "6432")),
            database=target,
            query={"sslmode": "verify-full", "sslrootcert": os.environ["SSL_CERT_FILE"]},
        )
    )


def api(target, bearer):
    """A client of an HTTP API. A held request waits for people, so it may take its time."""
    return httpx.Client(
        base_url=f"{TARGETS}/t/{target}",
        headers={"authorization": f"Bearer {bearer}"},
        timeout=httpx.Timeout(30, read=600),
    )
