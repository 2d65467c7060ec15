"""Simulated hands and crops: every letter drawn as itself, the same each time, and ink where the box says."""

from dataclasses import asdict

import numpy as np
import pytest

from multilingual.clinical.formulary import load_formulary
from ocr.simulate.crops import draw_crop
from ocr.simulate.doctors import Script, calm_doctor, simulated_doctor
from ocr.simulate.strokes import line_width, write_line
from ocr.simulate.surface import ink_corners
from ocr.simulate.typefaces import has
from ocr.simulate.words import alphabet

SCRIPTS: tuple[Script, ...] = ("latin", "devanagari", "han", "print")
TEXTS: dict[Script, str] = {
    "latin": "Tab. Azithral 500 mg 1-0-1 x 5 days",
    "devanagari": "सुबह शाम खाने के बाद ½ गोली",
    "han": "阿莫西林胶囊 0.5g 每日三次",
    "print": "Dr. Ação, M.D. (Medicine) ₹ 500",
}
NO_FONT = {"⅓", "⅔", "〓"}  # the last is no letter, but stands in labels for Chinese ones


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_crop_is_the_same_for_the_same_numbers(script: Script) -> None:
    first, again = (
        draw_crop(TEXTS[script], simulated_doctor(7, script), np.random.default_rng(1)) for _ in range(2)
    )
    assert (first == again).all()
    other = draw_crop(TEXTS[script], simulated_doctor(8, script), np.random.default_rng(1))
    assert other.shape != first.shape or (other != first).any()


@pytest.mark.parametrize("script", SCRIPTS)
def test_crops_are_as_high_and_wide_as_lines(script: Script) -> None:
    random = np.random.default_rng(2)
    for seed in range(12):
        crop = draw_crop(TEXTS[script], simulated_doctor(seed, script), random)
        assert crop.dtype == np.uint8
        assert 40 <= crop.shape[0] <= 90
        assert crop.shape[1] > 2 * crop.shape[0]
        assert crop.shape[2] == 3
        assert np.ptp(crop.mean(axis=2)) > 40  # something is written on it


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_doctor_can_write_the_whole_alphabet(script: Script) -> None:
    letters = [letter for letter in alphabet() if letter not in NO_FONT]
    for seed in range(30):
        doctor = simulated_doctor(seed, script)
        assert [letter for letter in letters if not doctor.can_write(letter)] == []


def test_no_letter_is_drawn_as_a_box_or_not_at_all() -> None:
    for seed in range(20):
        for script in SCRIPTS:
            doctor = simulated_doctor(seed, script)
            for letter in "aZ7ãÕç½→₹℞①काश्र०日":
                assert has(doctor.typeface(letter), letter), (seed, script, letter)


def test_a_letter_that_no_font_has_is_refused() -> None:
    doctor = simulated_doctor(0)
    assert not doctor.can_write("Dolo 𝄞")
    with pytest.raises(ValueError, match=r"U\+1D11E"):
        draw_crop("Dolo 𝄞", doctor, np.random.default_rng(0))
    with pytest.raises(ValueError, match="empty"):
        draw_crop("  ", doctor, np.random.default_rng(0))


def test_letters_that_mislead_in_a_typeface_are_drawn_with_another() -> None:
    doctors = (simulated_doctor(seed) for seed in range(400))
    kristis = [doctor for doctor in doctors if doctor.typefaces[0].name.startswith("kristi")]
    assert any(doctor.typeface("a") == doctor.typefaces[0] for doctor in kristis)
    assert all(doctor.typeface("ã") != doctor.typefaces[0] for doctor in kristis)


def test_the_shipped_formulary_can_be_written() -> None:
    doctor = simulated_doctor(3)
    names = [entry.name for entry in load_formulary().entries]
    assert [name for name in names if not doctor.can_write(name)] == []


def test_hands_differ_and_stay() -> None:
    doctors = [simulated_doctor(seed) for seed in range(200)]
    assert len({doctor.typefaces[0] for doctor in doctors}) > 20
    assert len({doctor.slant for doctor in doctors}) == 200
    assert asdict(simulated_doctor(5)) == asdict(doctors[5])
    hurried = [doctor.dropout for doctor in doctors if doctor.speed > 0.8]
    steady = [doctor.dropout for doctor in doctors if doctor.speed < 0.4]
    assert np.mean(hurried) > np.mean(steady)


@pytest.mark.parametrize("text", ["Dolo 650", "मिलीग्राम", "口服"])
def test_a_line_is_as_large_as_it_was_asked_for(text: str) -> None:
    doctor = calm_doctor("kalam")
    written = [write_line(text, doctor, x_height, np.random.default_rng(4)) for x_height in (10, 20)]
    small, large = (ink_corners(line.ink) for line in written)
    assert small is not None
    assert large is not None
    assert np.ptp(large[:, 0]) == pytest.approx(2 * np.ptp(small[:, 0]), rel=0.15)
    assert line_width(text, doctor, 20) == pytest.approx(written[1].width, rel=0.1)
