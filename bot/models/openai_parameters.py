"""Optional parameters of requests: compatible servers refuse some, which is learned once."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import openai

Alternatives = Sequence[tuple[str, Any]]


class Parameters:
    """Each group of alternatives (name, value) gives the first that was not refused, or none."""

    def __init__(self, *groups: Alternatives) -> None:
        self._groups = [list(group) for group in groups]
        self._optional = {name for group in groups for name, _ in group}

    def current(self) -> dict[str, Any]:
        return dict(group[0] for group in self._groups if group)

    def learn(self, refusal: openai.APIStatusError, sent: Mapping[str, Any]) -> bool:
        """Whether `refusal` names an optional parameter of those `sent`, which is then not used
        again, so that another try may succeed."""
        if refusal.status_code not in (400, 422):
            return False
        for name in self._optional & sent.keys():
            if names_parameter(refusal, name):
                for group in self._groups:
                    # Another request may have learned it meanwhile.
                    if group and group[0] == (name, sent[name]):
                        group.pop(0)
                return True
        return False


def names_parameter(refusal: openai.APIStatusError, parameter: str) -> bool:
    if refusal.param:
        return refusal.param.split(".")[0] == parameter
    return re.search(rf"\b{parameter}\b", refusal.message) is not None
