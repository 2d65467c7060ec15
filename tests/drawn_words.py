"""A folder of words in the form of RxHandBD, drawn here."""

from pathlib import Path

import cv2
import numpy as np

from ocr.simulate.crops import draw_crop
from ocr.simulate.doctors import simulated_doctor

WORDS = ("Crocin", "Dolo", "Pantop", "Augmentin", "Telma", "Glycomet", "Azee", "Montek")


def draw_words(folder: Path, times: int = 4) -> Path:
    """`times` pictures of each word, squeezed to squares, with labels.csv; the folder."""
    folder.mkdir(parents=True)
    rows = []
    for number, word in enumerate(WORDS * times):
        random = np.random.default_rng(number)
        crop = draw_crop(word, simulated_doctor(number % 3, "latin"), random)
        cv2.imwrite(str(folder / f"W{number}.jpg"), cv2.resize(crop, (128, 128)))
        rows.append(f"W{number}.jpg,{word}")
    (folder / "labels.csv").write_text("\ufeffImages,Text\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return folder
