"""How a patch is written: replace one function of moto, or add one that it lacks."""

import functools
from collections.abc import Callable
from typing import Any

from moto.rds.exceptions import RDSClientError


def replaces(owner: Any, name: str) -> Callable[[Callable], Callable]:
    """Puts the decorated function in the place of `owner.name`.

    It is called with the function it replaces first, then as moto calls it.
    """

    def install(patch: Callable) -> Callable:
        stock = getattr(owner, name)

        @functools.wraps(stock)
        def patched(*args: Any, **kwargs: Any) -> Any:
            return patch(stock, *args, **kwargs)

        setattr(owner, name, patched)
        return patch

    return install


def adds(owner: Any) -> Callable[[Callable], Callable]:
    """Makes the decorated function a method of `owner`, which has none of that name."""

    def install(method: Callable) -> Callable:
        if hasattr(owner, method.__name__):
            raise TypeError(f"{owner.__name__} has {method.__name__}: use `replaces`")
        setattr(owner, method.__name__, method)
        return method

    return install


def fault(code: str, message: str) -> RDSClientError:
    """An RDS error. The HTTP status follows from the code, as in the API's model."""
    return RDSClientError(code, message)


def is_true(value: Any) -> bool:
    """Booleans arrive as `True` or as text, depending on the protocol."""
    return str(value).lower() == "true"
