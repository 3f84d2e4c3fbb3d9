"""The BDPM, the official list of French medicines, as the vocabulary of a practice.

Knows how products become substances and brands with their strengths and presentations, and which words of a product's
name are a laboratory's. Spellings that the known vocabulary has are kept (BDPM names have no accents).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vocab import general
from vocab.folding import fold
from vocab.lexicon import Lexicon
from vocab.nomenclatures import twins
from vocab.nomenclatures.harvest import Harvest, Row, joined
from vocab.nomenclatures.presentations import presentation
from vocab.nomenclatures.products import Product, products, tables
from vocab.nomenclatures.strengths import Quantity, written

SOURCE = "bdpm"
_MOST_ACTIVES = 8
"""A product with more active substances is a feeding bag or a set of patch tests: its parts are not prescribed."""
_NOT_BRANDS = frozenset(
    """EAU SUPPOSITOIRE SUPPOSITOIRES POMMADE SOLUTION POUDRE VACCIN GAZ AIR MELANGE SERUM SACHET TISANE ALCOOL ELIXIR
    SIROP HUILE COMPRIMES COMPRIME GEL CREME PASTILLE PASTILLES TEINTURE EXTRAIT PATE BAUME POTION GLYCERINE CHARBON
    OXYGENE PROTOXYDE LIDOCAINE SODIUM POTASSIUM MAGNESIUM CALCIUM MACROGOL MICRO ACIDE DIMETHYL ALBUMINE PROPIONATE
    BROMHYDRATE CHLORHYDRATE IODURE CHLORURE FLUORURE SULFATE PHOSPHATE CITRATE ACETATE GLUCONATE BICARBONATE
    CARBONATE NITRATE LACTATE BROMURE CONCENTRAT COMPLEXE""".split()  # noqa: SIM905
)


@dataclass(slots=True)
class _Medicine:
    """What is gathered of one name over all its products."""

    substance: str
    products: int = 0
    quantities: set[Quantity] = field(default_factory=set)
    presentations: Counter[str] = field(default_factory=Counter)

    def add(self, product: Product, quantities: Iterable[Quantity]) -> None:
        self.products += 1
        self.quantities.update(quantities)
        self.presentations.update(presentation(product.name, product.form, product.routes))


def read(files: Mapping[str, tuple[str, bytes]], known: Lexicon) -> Harvest:
    """The medicines of the official files; NomenclatureError where a row is not what it should be."""
    found = tables(files)
    on_market = products(found)
    substances = _substances(on_market)
    brands = _brands(on_market, frozenset(fold(name) for name in substances), known)
    rows = [_row(name, "substance", one, known) for name, one in sorted(substances.items())]
    rows += [_row(name, "brand", one, known) for name, one in sorted(brands.items())]
    return Harvest(
        rows=len(found["cis_bdpm.txt"]),
        drugs=tuple(rows),
        lookalikes=twins.alike([(row[0], row[2]) for row in rows], source=SOURCE),
    )


def _substances(on_market: Sequence[Product]) -> dict[str, _Medicine]:
    found: dict[str, _Medicine] = {}
    spelled: dict[str, str] = {}
    for product in on_market:
        if len(product.actives) > _MOST_ACTIVES:
            continue
        for active in product.actives:
            if active.name:
                name = spelled.setdefault(fold(active.name), active.name)
                found.setdefault(name, _Medicine(name)).add(product, active.quantities)
    return found


def _brands(on_market: Sequence[Product], substances: frozenset[str], known: Lexicon) -> dict[str, _Medicine]:
    laboratories = _laboratories(on_market)
    found: dict[str, _Medicine] = {}
    for product in on_market:
        name = _brand(product, laboratories, substances, known)
        if name:
            medicine = found.setdefault(name, _Medicine(_substance(product)))
            medicine.add(product, product.actives[0].quantities if len(product.actives) == 1 else ())
    return found


def _substance(product: Product) -> str:
    names = [active.name for active in product.actives]
    return "/".join(names) if all(names) and len(names) <= 3 else ""


def _laboratories(on_market: Sequence[Product]) -> frozenset[str]:
    """Words of the holders' names: « SERTRALINE ALMUS » is not a brand."""
    words = Counter(word for product in on_market for word in set(re.findall(r"[A-Z]{3,}", product.holders)))
    return frozenset(words)


def _brand(product: Product, laboratories: frozenset[str], substances: frozenset[str], known: Lexicon) -> str:
    first = re.split(r"[\s,/(]", product.name.strip(), maxsplit=1)[0].strip(".+")
    folded = fold(first)
    shipped = known.find(first)
    if shipped is not None:
        return shipped.text if shipped.kind == "brand" else ""
    usable = len(first) >= 4 and re.fullmatch(r"[^\W\d_]{3,}[\w\-'’]*", first) and first not in _NOT_BRANDS
    if not usable or first in laboratories or general.familiar(first.lower()):
        return ""
    return "" if _is_substance(folded, product, substances) else _capitals(first)


def _is_substance(folded: str, product: Product, substances: frozenset[str]) -> bool:
    from rapidfuzz.distance import Levenshtein

    if folded in substances:
        return True
    words = {word for active in product.actives for word in fold(active.name).replace("'", " ").split()}
    return any(Levenshtein.normalized_similarity(folded, word) >= 0.8 for word in words)


def _capitals(name: str) -> str:
    """BDPM names are in capitals: « CO-RENITEC » is written « Co-Renitec »."""
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


def _row(name: str, kind: str, medicine: _Medicine, known: Lexicon) -> Row:
    shipped = known.find(name)
    spelled = shipped.text if shipped and shipped.kind == kind else name
    substance = shipped.substance if shipped and shipped.kind == kind and shipped.substance else medicine.substance
    forms = [one for one, _ in medicine.presentations.most_common(8)]
    return (
        spelled,
        kind,
        spelled if kind == "substance" else substance,
        joined(written(medicine.quantities)),
        joined(forms),
        str(medicine.products),
        "",
        SOURCE,
    )
