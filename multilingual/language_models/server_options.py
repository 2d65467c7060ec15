"""What can be set on every engine that asks an OpenAI-compatible server. Imports nothing heavy."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

KEY = "OPENAI_API_KEY"
"""The environment variable that holds the key of a server that wants one."""


def _without_credentials(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected an address such as http://127.0.0.1:8000/v1")
    if parts.username or parts.password or parts.query:
        raise ValueError(f"a key does not belong in the address; set the environment variable {KEY}")
    return address


class ServerOptions(BaseModel):
    """Which server is asked, and how patiently. The key is no option: it comes from the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: Annotated[
        str,
        AfterValidator(_without_credentials),
        Field(description="address of an OpenAI-compatible server, up to /v1"),
    ] = "http://127.0.0.1:8000/v1"
    model: Annotated[str, Field(description="the model's name there; empty: the only one it serves")] = ""
    concurrency: Annotated[int, Field(gt=0, description="requests under way at the same time")] = 16
    timeout_s: Annotated[float, Field(gt=0, description="seconds that one request may take")] = 120.0
    retries: Annotated[int, Field(ge=0, description="further attempts after one that failed")] = 5
    backoff_s: Annotated[
        float, Field(ge=0, description="seconds before the second attempt; twice as long before each further")
    ] = 1.0
