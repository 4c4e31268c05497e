"""What no sentence of a review may hold: vague comfort, verdicts that are not the model's, links, statements."""

from __future__ import annotations

import re
from collections.abc import Mapping

_FORBIDDEN: Mapping[str, re.Pattern[str]] = {
    "puts off or plays down what has to be decided": re.compile(
        r"should be (?:fine|ok|okay|enough|sufficient)|monitoring will (?:catch|show)|optimi[sz]e (?:it )?later|"
        r"(?:fix|handle|address|revisit|defer)\w* (?:it |this |that )?later|for now|down the road|good enough|"
        r"in the future|as needed|if needed|when needed|probably|presumably|hopefully|might want|may want|"
        r"consider (?:adding|using)|best practices?|it depends|not a (?:big )?(?:problem|concern|issue)|"
        r"nothing to worry|don't worry|rarely matters|negligible",
        re.IGNORECASE,
    ),
    "passes a verdict or a grade, which rules decide": re.compile(
        r"\b(?:approved?|approves|approval|reject(?:ed|s)?|sign(?:ed)?[- ]?off|verdict|score[sd]?|severity|critical|"
        r"production[- ]ready|ready for production|safe|unsafe|healthy|flawless|perfect|excellent|no (?:issues?|"
        r"problems?|flaws?|findings?|risks?)|nothing (?:is )?wrong|all (?:is )?well|well[- ]designed|compliant|"
        r"false positive|can be ignored|ignore|disregard|\d+(?:\.\d+)?\s*(?:/|out of|of)\s*10)\b",
        re.IGNORECASE,
    ),
    "gives an amount without a number": re.compile(
        r"\b(?:dozens|hundreds|thousands|millions|billions|countless|majority|half|twice|tenfold|triple[ds]?|"
        r"double[ds]?(?! precision)|most of|an order of magnitude|orders of magnitude)\b",
        re.IGNORECASE,
    ),
    "holds a link, markup or a character that steers what shows it": re.compile(
        r"://|\bwww\.|\bmailto:|\bjavascript:|\bdata:|\w@\w|\]\s*\(|!\[|</?[a-z!]|&#|"
        r"\b[\w-]+\.(?:com|net|org|io|dev|info|biz|xyz|co|app|ru|cn|evil)\b|"
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]",
        re.IGNORECASE,
    ),
    "holds SQL or a command; changes are named by what they do": re.compile(
        r";|--|/\*|\$\$|```|\bdelete\s+from\b|\binsert\s+into\b|\bupdate\s+\S+\s+set\b|\bselect\s+.*\bfrom\b|"
        r"\balter\s+(?:table|system|role|user|database|index)\b|\bcopy\s+\S+\s+(?:from|to)\b|"
        r"\bdrop\s+(?:table|schema|database|owned|role|index)\s+\S*[_.]|\bcreate\s+(?:unique\s+)?index\s+\S+\s+on\b|"
        r"\bgrant\s+\S+\s+(?:on|to)\b|\brm\s+-|\bcurl\b|\bpsql\b",
        re.IGNORECASE | re.DOTALL,
    ),
}


def faults_of_wording(text: str) -> list[str]:
    """Why a text may not stand in a review, whatever it cites; empty where it may."""
    return [fault for fault, pattern in _FORBIDDEN.items() if pattern.search(text)]
