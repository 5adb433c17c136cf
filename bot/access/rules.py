"""What the file `access.toml` of a folder says: who may see the folder and what lies below."""

import json
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.nouns import Scope, make_scope

RULE_FILE = "access.toml"
EVERYONE = "everyone"
LARGEST = 64 << 10  # bytes

KEY = re.compile(r"telegram:-?\d+|slack:[A-Z0-9]+(?:/[A-Z0-9]+)?")


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may see a folder: keys of askers, chats and workspaces, or `everyone`. Where `problem`
    says what is wrong with the file, nobody may."""

    see: frozenset[str] = frozenset()
    problem: str = ""


Rules = Mapping[str, Rule]  # by the path of the folder, as in a Scope


def parse_rule(data: bytes) -> Rule:
    """What cannot be understood lets nobody see the folder: a slip must not open it."""
    try:
        said = tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return close(f"It is not TOML in UTF-8: {error}.")
    if strange := sorted(said.keys() - {"see"}):
        return close(f"It says `{strange[0]}`, which means nothing here.")
    see = said.get("see")
    if not isinstance(see, list) or not all(isinstance(key, str) for key in see):
        return close('It must say who may see the folder: see = ["telegram:123"].')
    if unknown := [key for key in see if key != EVERYONE and not KEY.fullmatch(key)]:
        return close(f"`{unknown[0]}` is no key: it must be like telegram:123 or slack:T1/U1.")
    return Rule(frozenset(see))


def close(problem: str) -> Rule:
    return Rule(problem=f"{problem} Until this is corrected, only admins see the folder.")


def judge(rules: Rules, keys: Collection[str]) -> Scope:
    """What they may see who have these keys."""
    mine = frozenset(keys) | {EVERYONE}
    return make_scope({folder: not mine.isdisjoint(rule.see) for folder, rule in rules.items()})


def dump_rules(rules: Rules) -> str:
    """For the index, which keeps what held when it was made. Without what was wrong with them."""
    return json.dumps({folder: sorted(rules[folder].see) for folder in sorted(rules)})


def load_rules(text: str) -> dict[str, Rule]:
    """Of what `dump_rules` gave; none of ""."""
    kept = json.loads(text or "{}")
    return {folder: Rule(frozenset(see)) for folder, see in kept.items()}


def list_problems(rules: Rules) -> dict[str, str]:
    """By the path of the rule file."""
    return {
        folder + RULE_FILE: rules[folder].problem
        for folder in sorted(rules)
        if rules[folder].problem
    }
