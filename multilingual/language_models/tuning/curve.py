"""The loss curve of a training run as a picture."""

import json
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def draw_curve(log: Path, picture: Path, of: str = "summary") -> None:
    """Draw the losses of a training log (see `tuning.run.Line`), each a token of the `of`, to a PNG."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for name, label, colour, width in (
        ("loss", "training, mean of 10 steps", "#9db8cf", 1.0),
        ("held_out_loss", "held out", "#b3402a", 1.8),
    ):
        points = [(line["step"], line[name]) for line in lines if name in line]
        steps, losses = [step for step, _ in points], [loss for _, loss in points]
        axes.plot(steps, losses, label=label, color=colour, linewidth=width)
    axes.set_xlabel("step")
    axes.set_ylabel(f"loss, nats a token of the {of}")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(picture, dpi=110, metadata={"Software": None})
