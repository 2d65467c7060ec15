"""Repairs of what recognition does to shorthand, before it is read: lost spaces, letters taken for figures.

A repair applies only where the text as it stands says nothing: "T0S" is no word, "BDx5d" no name, "x Sdays"
no number. A clean text is never changed.
"""

import re

from multilingual.clinical.vocabulary import table
from multilingual.normalise import Shadow

_FREQUENCY = "(?:od|bd|bid|tds|tid|qid|qds|hs|sos|stat|prn)"
_UNIT = "(?:mg|mcg|gm|ml|iu|tabs?|caps?|tsp|puffs?|drops?|units?)"
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
    rf"|(?P<unit>(?<=\d)(?:m1|rnl|rng)(?![a-z\d]))"
)
_UNITS = {"m1": "ml", "rnl": " ml", "rng": " mg"}


def repair(shadow: Shadow) -> Shadow:
    """Return `shadow` with its recognition faults mended; offsets still lead to the text as given."""
    mended = _pass(shadow)
    return mended if mended is shadow else _pass(mended)


def _pass(shadow: Shadow) -> Shadow:
    text = shadow.text
    pieces: list[str] = []
    origins: list[int] = []
    done = 0
    for match in _FAULT.finditer(text):
        start, end = match.span()
        mended = _mended(match)
        pieces += (text[done:start], mended)
        origins += shadow.origins[done:end]
        origins += [shadow.origins[end]] * (len(mended) - (end - start))
        done = end
    if not done:
        return shadow
    pieces.append(text[done:])
    origins += shadow.origins[done:]
    return Shadow("".join(pieces), origins)


def _mended(match: re.Match[str]) -> str:
    found = match.group()
    if match["misread"]:
        return _MISREAD[found]
    if match["split"]:
        return found + " "
    if match["unit"]:
        return _UNITS[found]
    return "1" if found == "|" else found.translate(_AS_FIGURES)
