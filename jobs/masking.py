"""Arguments as they may be written down: without keys, and without credentials in addresses."""

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"
_SECRET = re.compile(
    r"(?:^|[_.-])(?:key|apikey|token|secret|password|passwd|passphrase|credentials?|authorization|signature|sig)$",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/@\s]*@", re.IGNORECASE
)  # scheme://user:password@
_PARAMETER = re.compile(r"(?P<name>[?&;][^=&;#\s]*)=(?P<value>[^&;#\s]*)")  # ...?name=value


def masked(value: Any, name: str = "") -> Any:
    """The value of that name, all within it included, with `MASK` for whatever would open something.

    A name such as api_key or secret hides its value, whatever it is; a count such as max_new_tokens is none.
    """
    if isinstance(value, Mapping):
        return {key: masked(each, str(key)) for key, each in value.items()}
    if value and _SECRET.search(name):
        return MASK
    if isinstance(value, str):
        return _address(value)
    if isinstance(value, list | tuple):
        return [masked(each) for each in value]
    return value


def _address(text: str) -> str:
    """Text without the user and password of an address, and without secret parameters such as a signature."""
    if "://" not in text:
        return text
    bare = _IN_ADDRESS.sub(rf"\g<scheme>{MASK}@", text)
    return _PARAMETER.sub(
        lambda found: f"{found['name']}={MASK}" if _SECRET.search(found["name"].lstrip("?&;")) else found[0],
        bare,
    )
