"""The curves of a training run as a picture: its loss, and the errors on each validation set."""

import json
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def draw_curves(log: Path, picture: Path) -> None:
    """Draw a training log (see `ocr.train.loop.Line`) to a PNG."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    loss, errors = figure.subplots(1, 2)
    points = [(line["step"], line["loss"]) for line in lines if "loss" in line]
    loss.plot([step for step, _ in points], [value for _, value in points], color="#4878a8", linewidth=1.0)
    loss.set_ylabel("loss, nats a character")
    names = sorted({name for line in lines for name in line if name.endswith("_cer")})
    for name in names:
        points = [(line["step"], line[name]) for line in lines if name in line]
        errors.plot(
            [step for step, _ in points],
            [value for _, value in points],
            label=name.removesuffix("_cer"),
            marker=".",
        )
    errors.set_ylabel("character errors a character")
    for axes in (loss, errors):
        axes.set_xlabel("step")
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    if names:
        errors.legend()
    figure.savefig(picture, dpi=110, metadata={"Software": None})
