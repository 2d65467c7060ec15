"""Entities found in text against gold ones: exact and partial precision, recall and F1, by OMOP domain.

Types are brought to domains first (`omop.py`): Chemical is Drug, Disease is Condition. A type that no domain
has is compared as it is, case apart, and counts in all and in `other`.

exact    Same domain and same span, matched one to one.
partial  Same domain, matched one to one: 1 for the same span, 0.5 for one that overlaps. Precision is the sum
         over the number of entities found, recall over that of gold ones: partial matching of SemEval-2013
         task 9 (Segura-Bedmar et al. 2013; after MUC-5, Chinchor and Sundheim 1993), except that types must
         agree here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

from eval.entities.iob import read_iob
from eval.entities.omop import DOMAINS, domain_of
from eval.entities.overlap import Span, match_spans
from eval.entities.spans import Document, Entity, by_id, read_spans
from eval.measures import Measure, detection
from eval.records import EntityItem
from multilingual.normalise import nfc

NO_PREDICTION: Final = "no prediction"
"""Failure of a document that the predictions lack."""

_SCHEMES: Final = {
    "exact": "same domain and span",
    "partial": "same domain, half for spans that only overlap",
}
_OTHER: Final = "other"
_JSON: Final = frozenset((".jsonl", ".ndjson", ".json"))


def _measures(scheme: str, meaning: str) -> Iterator[Measure]:
    yield from detection(scheme, f"entities of all types; {meaning}")
    kinds = {domain.lower(): f"entities of {domain}" for domain in DOMAINS}
    for slug, what in (kinds | {_OTHER: "entities of types that no domain has"}).items():
        for measure in detection(f"{scheme}_{slug}", f"{what}; {meaning}"):
            value = measure.name.removeprefix(f"{measure.counts}_")
            yield replace(measure, name=f"{scheme}_{value}_{slug}")


MEASURES: Final[tuple[Measure, ...]] = tuple(
    measure for scheme, meaning in _SCHEMES.items() for measure in _measures(scheme, meaning)
)


def read_entities(path: Path) -> list[Document]:
    """The documents of an IOB file, or of JSON lines where the name ends with .jsonl.

    Raises OSError, or ValueError that names the file and the line that is wrong.
    """
    try:
        documents = read_spans(path) if path.suffix.lower() in _JSON else read_iob(path)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no UTF-8 text: {error.reason}") from None
    if not documents:
        raise ValueError(f"{path} holds no text")
    return documents


def unmapped_types(documents: Iterable[Document]) -> Counter[str]:
    """How many entities there are of each type that no OMOP domain has."""
    types = (entity.type for document in documents for entity in document.entities)
    return Counter(type_ for type_ in types if domain_of(type_) is None)


def score_entities(gold: Sequence[Document], predictions: Sequence[Document]) -> list[EntityItem]:
    """One item a gold document, joined by id, in the order of gold.

    All entities of a document without a prediction are missed. Raises ValueError when predictions have a
    document that gold has not, another text under the same id, or one id twice.
    """
    wanted, found = by_id(gold), by_id(predictions)
    strange = [document for document in predictions if document.document_id not in wanted]
    if strange:
        raise ValueError(
            f"{len(strange)} of {len(found)} predicted texts are not among the {len(wanted)} references: "
            f"{strange[0].place}, id {strange[0].document_id}"
        )
    # All items count the same domains, so that two systems are compared on every item.
    entities = chain.from_iterable(document.entities for document in chain(gold, predictions))
    slugs = sorted({_slug(_domain(entity)) for entity in entities})
    return [_item(document, found.get(document.document_id), slugs) for document in gold]


def _item(gold: Document, found: Document | None, slugs: Sequence[str]) -> EntityItem:
    if found is not None and found.text != gold.text:
        raise ValueError(_difference(gold, found))
    wanted, told = _by_domain(gold.entities), _by_domain(found.entities if found else ())
    ours, theirs = _all(wanted), _all(told)
    return EntityItem(
        item_id=gold.document_id,
        cluster=gold.cluster,
        failed=found is None,
        failure=NO_PREDICTION if found is None else None,
        slices={},
        counts=_counts(wanted, told, slugs),
        text=gold.text,
        gold=_shown(ours, gold.text),
        missed=_shown(ours - theirs, gold.text),
        invented=_shown(theirs - ours, gold.text),
    )


def _difference(gold: Document, found: Document) -> str:
    """What to tell of a prediction whose text is not the reference's."""
    if not (gold.tokens and found.tokens):
        return f"{found.place}: the text of id {found.document_id} is not that of {gold.place}"
    pairs = zip(_words(gold), _words(found), strict=False)
    shorter = min(len(gold.tokens), len(found.tokens))
    place = next((place for place, (ours, theirs) in enumerate(pairs) if ours != theirs), shorter)
    return (
        f"{found.file}, line {found.line + place} lacks the token of {gold.file}, line {gold.line + place}: "
        "IOB is joined by position, so both files need the same sentences and tokens in the same order"
    )


def _words(document: Document) -> list[str]:
    return [document.text[start:end] for start, end in document.tokens]


_Spans = dict[str, list[Span]]  # by domain, or by type where no domain has it


def _by_domain(entities: Iterable[Entity]) -> _Spans:
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for entity in entities:
        spans[_domain(entity)].append(Span(entity.start, entity.end))
    return dict(spans)


def _domain(entity: Entity) -> str:
    return domain_of(entity.type) or nfc(entity.type).casefold()


def _slug(domain: str) -> str:
    return domain.lower() if domain in DOMAINS else _OTHER


def _counts(wanted: _Spans, told: _Spans, slugs: Sequence[str]) -> dict[str, tuple[float, float, float]]:
    """True positives, false positives and false negatives of each scheme, in all and by domain."""
    parts = ("", *(f"_{slug}" for slug in slugs))
    counts = {scheme + part: (0.0, 0.0, 0.0) for scheme in _SCHEMES for part in parts}
    for domain in wanted.keys() | told.keys():
        ours, theirs = wanted.get(domain, []), told.get(domain, [])
        pairs = match_spans(ours, theirs)
        right = {"exact": float(pairs.exact), "partial": pairs.exact + pairs.partial / 2}
        for scheme, value in right.items():
            for name in (scheme, f"{scheme}_{_slug(domain)}"):
                found, invented, missed = counts[name]
                counts[name] = (
                    found + value,
                    invented + len(theirs) - value,
                    missed + len(ours) - value,
                )
    return counts


def _all(spans: _Spans) -> Counter[tuple[Span, str]]:
    return Counter((span, domain) for domain, told in spans.items() for span in told)


def _shown(entities: Counter[tuple[Span, str]], text: str) -> tuple[str, ...]:
    """Entities in order of the text, as 'domain: words'."""
    return tuple(
        f"{domain}: {' '.join(text[span.start : span.end].split())}"
        for span, domain in sorted(entities.elements())
    )
