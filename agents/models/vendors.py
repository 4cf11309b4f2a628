"""The vendors' LangChain chat models, with our transport under them and every retry of theirs off."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import httpx2

from hepcoder.agents.models.records import Ask, Message
from hepcoder.agents.models.registry import ModelSpec
from hepcoder.agents.models.shared_http import next_over, shared_http
from hepcoder.agents.models.wire import WireName

_SCHEMA_NAME = "reply"


def build_chat(
    spec: ModelSpec, *, key: str, base_url: str, transport: httpx2.BaseTransport
) -> Callable[[Ask], Generator[str]]:
    """A function that asks the vendor and yields the visible text as it arrives.

    Args:
        spec: The model.
        key: The key; a placeholder where none is needed.
        base_url: Where requests go.
        transport: The transport under the vendor's SDK.
    """
    options = _OPTIONS[spec.wire]

    def stream(ask: Ask) -> Generator[str]:
        from langsmith import tracing_context

        chat = _chat(spec, _Settings(ask.temperature, ask.max_tokens), key, base_url)
        messages = [_to_langchain(message) for message in ask.messages]
        # A tracing variable in the user's environment must not send prompts elsewhere.
        with tracing_context(enabled=False):
            chunks = chat.stream(messages, **options(ask))
            while (chunk := next_over(transport, chunks)) is not None:
                yield str(chunk.text)

    return stream


@dataclass(frozen=True)
class _Settings:
    temperature: float | None
    max_tokens: int


@lru_cache(maxsize=64)
def _chat(spec: ModelSpec, settings: _Settings, key: str, base_url: str) -> Any:
    """The same for all trials of a process: to make one, and to describe it to its callbacks, takes milliseconds.

    What differs from trial to trial, such as the seed, is an option of each call.
    """
    return _BUILDERS[spec.wire](spec, settings, key, base_url, shared_http())


def is_closed(schema: object) -> bool:
    """Whether a JSON schema is closed as OpenAI's strict mode demands: all properties required, no others allowed.

    Example:
        >>> is_closed({"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False})
        True
    """
    if isinstance(schema, list):
        return all(is_closed(item) for item in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        named = set(schema.get("properties", ()))
        if schema.get("additionalProperties") is not False or named != set(schema.get("required", ())):
            return False
    return all(is_closed(value) for value in schema.values())


def _to_langchain(message: Message) -> Any:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return kinds[message.role](content=message.text)


def _openai_chat(spec: ModelSpec, settings: _Settings, key: str, base_url: str, http: httpx2.Client) -> Any:
    from langchain_openai import ChatOpenAI
    from langchain_openai.chat_models.base import BaseChatOpenAI

    # ChatOpenAI renames max_tokens to max_completion_tokens, which only OpenAI's own models are sure to know.
    kind: Any = ChatOpenAI if spec.vendor == "openai" else BaseChatOpenAI
    return kind(use_responses_api=False, **_openai_common(spec, settings, key, base_url, http))


def _openai_responses(spec: ModelSpec, settings: _Settings, key: str, base_url: str, http: httpx2.Client) -> Any:
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(use_responses_api=True, **_openai_common(spec, settings, key, base_url, http))


def _openai_common(
    spec: ModelSpec, settings: _Settings, key: str, base_url: str, http: httpx2.Client
) -> dict[str, Any]:
    return {
        "model": spec.model,
        "temperature": settings.temperature,
        "max_tokens": settings.max_tokens,
        "api_key": key,
        "base_url": base_url,
        "http_client": http,
        "http_socket_options": (),
        "max_retries": 0,
        "stream_usage": True,
        "cache": False,
    }


def _anthropic(spec: ModelSpec, settings: _Settings, key: str, base_url: str, http: httpx2.Client) -> Any:
    import anthropic
    from langchain_anthropic import ChatAnthropic

    class Chat(ChatAnthropic):
        @cached_property
        def _client(self) -> anthropic.Client:
            return anthropic.Client(**{**self._client_params, "http_client": http})

    asked = {} if settings.temperature is None else {"temperature": settings.temperature}
    chat: Any = Chat
    return chat(
        model=spec.model,
        max_tokens=settings.max_tokens,
        api_key=key,
        base_url=base_url,
        max_retries=0,
        stream_usage=True,
        cache=False,
        **asked,
    )


def _google(spec: ModelSpec, settings: _Settings, key: str, base_url: str, http: httpx2.Client) -> Any:
    from google import genai
    from google.genai.types import HttpOptions
    from langchain_google_genai import ChatGoogleGenerativeAI

    chat: Any = ChatGoogleGenerativeAI
    # Here max_retries counts attempts: 1 is no retry.
    model = chat(
        model=spec.model,
        temperature=settings.temperature,
        max_tokens=settings.max_tokens,
        google_api_key=key,
        max_retries=1,
        cache=False,
    )
    model.client = genai.Client(api_key=key, http_options=HttpOptions(base_url=base_url, httpx_client=http))
    return model


def _chat_options(ask: Ask) -> dict[str, Any]:
    options: dict[str, Any] = {"stop": list(ask.stop)} if ask.stop else {}
    if ask.seed is not None:
        options["seed"] = ask.seed
    if ask.json_schema is not None:
        # In extra_body, since the SDK's own structured output raises inside a billed call when the reply is cut.
        options["extra_body"] = {"response_format": {"type": "json_schema", "json_schema": _named(ask.json_schema)}}
    return options


def _responses_options(ask: Ask) -> dict[str, Any]:
    if ask.json_schema is None:
        return {}
    return {"extra_body": {"text": {"format": {"type": "json_schema", **_named(ask.json_schema)}}}}


def _named(schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": _SCHEMA_NAME, "schema": schema, "strict": is_closed(schema)}


def _anthropic_options(ask: Ask) -> dict[str, Any]:
    options: dict[str, Any] = {"stop": list(ask.stop)} if ask.stop else {}
    if ask.json_schema is not None:
        options["output_config"] = {"format": {"type": "json_schema", "schema": ask.json_schema}}
    return options


def _google_options(ask: Ask) -> dict[str, Any]:
    options: dict[str, Any] = {"stop": list(ask.stop)} if ask.stop else {}
    if ask.seed is not None:
        options["seed"] = ask.seed
    if ask.json_schema is not None:
        options |= {"response_mime_type": "application/json", "response_json_schema": ask.json_schema}
    return options


_BUILDERS: dict[WireName, Callable[[ModelSpec, _Settings, str, str, httpx2.Client], Any]] = {
    "openai_chat": _openai_chat,
    "openai_responses": _openai_responses,
    "anthropic": _anthropic,
    "google": _google,
}
_OPTIONS: dict[WireName, Callable[[Ask], dict[str, Any]]] = {
    "openai_chat": _chat_options,
    "openai_responses": _responses_options,
    "anthropic": _anthropic_options,
    "google": _google_options,
}
