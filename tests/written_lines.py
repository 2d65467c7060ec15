"""Lines to learn from, written in print: a picture of a medicine's name, and the answer wanted."""

import cv2
import numpy as np

from ocr.train.vision_language.examples import Shown
from ocr.vision_language.medication_answer import Medicine, written

NAMES = ("Dolo", "Azee", "Telma", "Crocin")


def written_line(number: int) -> Shown:
    """Line `number`: one of NAMES, a little shifted each time."""
    name = NAMES[number % len(NAMES)]
    picture = np.full((48, 160, 3), 255, np.uint8)
    place = (4 + number % 7, 34 + number % 3)
    cv2.putText(picture, name, place, cv2.FONT_HERSHEY_SIMPLEX, 1.1, (0, 0, 0), 2)
    return Shown(cv2.imencode(".png", picture)[1].tobytes(), "Read it.", written([Medicine(name=name)]))
