"""Repairs of what recognition does to shorthand, before it is read: lost spaces, letters taken for figures.

A repair applies only where the text as it stands says nothing: "T0S" is no word, "BDx5d" no name, "x Sdays"
no number. A clean text is never changed.
"""

import re

from multilingual.clinical.vocabulary import table
from multilingual.clinical.word_repairs import mend_words
from multilingual.normalise import Shadow, fold

_FREQUENCY = "(?:od|bd|bid|tds|tid|qid|qds|hs|sos|stat|prn)"
_UNIT = "(?:mg|mcg|gm|ml|iu|tabs?|caps?|tsp|puffs?|drops?|units?)"
_FORM = "(?:tabs?|caps?|syp|susp|drops?|drps?|inj)"
_PERIOD = "(?:d|days?|wks?|weeks?|months?|mths?)(?![a-z])"
_LONG_PERIOD = "(?:days?|wks?|weeks?|months?|mths?)(?![a-z])"
_MISREAD: dict[str, str] = table("repairs")["misread"]
_AS_FIGURES = str.maketrans("oilszb", "011526")

# Named after what `_mended` does with a match.
_FAULT = re.compile(
    rf"(?P<misread>(?<![\w./-])(?:{'|'.join(_MISREAD)})(?![\w-]))"
    rf"|(?P<split>(?<![a-z]){_FREQUENCY}(?=(?:x|od|bd|tds|hs|sos|prn|pc|ac|po|iv|im|sc|for)(?![a-z]))"
    rf"|(?<=\d){_UNIT}(?={_FREQUENCY}(?:x|[^a-z]|$))|(?<=\d)(?:g|{_UNIT})(?=x\s?\d))"
    rf"|(?P<figures>(?:(?<=[^a-z]x)|(?<=[^a-z]x\s))[ils][oils]?(?=\s?{_PERIOD})"
    rf"|(?<!\w)(?:\d[ols]|[il]\d)(?=\s?{_LONG_PERIOD})|(?<!\w)(?:s|[ilsz]o|[il]s)(?=days?(?![a-z]))"
    rf"|(?<!\w)o(?=[.,]\d)|(?<![\w'/.-])[l|](?=\s(?:tabs?|caps?|tsp|puffs?|drops?|{_FREQUENCY})(?![a-z])))"
    rf"|(?P<unit>(?<=\d)(?:m1|rnl|rng|my)(?![a-z\d]))"
    r"|(?P<hourly>(?<!every\s)(?<!for\s)(?<![\w.])(?<!x\s)[89g](?=(?:4|6|8|12)\s?h(?![a-qs-z])))"
    r"|(?P<trailing>(?<=q\dhr)[a-qt-z](?![a-z]))"
    r"|(?P<dashes>(?<=m[gy]\s)(?!000)[01]{3}(?=\s*$|\sx\s?\d))"
    rf"|(?P<letter>(?<=[a-z]{{4}}\s)0(?=\s{_FORM}(?![a-z])))"
)
_PIECES = re.compile(r"(?<![a-z])(?:t|tabs?|caps?)(?![a-z])")
_UNITS = {"m1": "ml", "rnl": " ml", "rng": " mg", "my": "mg"}


def repair(shadow: Shadow) -> Shadow:
    """Return `shadow` with its recognition faults mended; offsets still lead to the text as given."""
    mended = mend_words(shadow).rewritten(_FAULT, _mended)
    return mended if mended is shadow else mended.rewritten(_FAULT, _mended)


def is_mended(text: str) -> bool:
    """Whether a text is read otherwise than it stands; of "101" for "1-0-1" the figures alone are left."""
    shadow = fold(text)
    return repair(shadow).text != shadow.text or text.isdecimal()


def _mended(match: re.Match[str]) -> str:
    found = match.group()
    if match["misread"]:
        return _MISREAD[found]
    if match["split"]:
        return found + " "
    if match["unit"]:
        return _UNITS[found]
    if match["hourly"]:  # "94h" is q4h
        return "q"
    if match["trailing"]:  # "q6hrm"
        return ""
    if match["dashes"]:
        return "-".join(found) if _tells_times(match) else found
    if match["letter"]:  # no dose is nothing: the O of "Taxim O drops"
        return "o"
    return "1" if found == "|" else found.translate(_AS_FIGURES)


def _tells_times(match: re.Match[str]) -> bool:
    """Whether "101" behind a strength is times of day; "100" may be a count, but not of "Tab Pan 40mg"."""
    return match[0] != "100" or _PIECES.search(match.string, 0, match.start()) is not None
