"""What detectors need of scikit-learn, where it is not installed."""

from __future__ import annotations

import inspect
from typing import Any

from .errors import OddframeError


class NotFittedError(OddframeError, ValueError, AttributeError):
    """A detector that is used before it is fitted."""


class OutlierMixin:
    """Marks a detector."""


class BaseEstimator:
    """Parameters by name."""

    @classmethod
    def _names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters of the constructor."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **params: Any) -> Any:
        """Sets parameters."""
        for name, value in params.items():
            if name not in self._names():
                raise ValueError(f"{type(self).__name__} has no parameter {name}: there are {', '.join(self._names())}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"{type(self).__name__}({settings})"
