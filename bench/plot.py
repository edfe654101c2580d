"""Draws what was measured: a bar for each subject, beside the others of its case."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from bench.measurements import FILE, Measurement

FOLDER = FILE.parent / "images"

#: Each picture, and the questions that it answers, one below the other.
PICTURES = {
    "performance-builds.svg": ("builds, small", "builds, science", "builds, large"),
    "performance-launch.svg": ("launch",),
}

OURS = "tljh-envbuilder"
OUR_COLOUR = "#1f6feb"
OTHER_COLOURS = ("#9aa5b1", "#d9a441", "#8f7ab5", "#6aa58a")

# The same numbers make the same file.
mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 9})


def draw(measurements: Sequence[Measurement]) -> None:
    """Write each picture of which anything was measured."""
    for name, questions in PICTURES.items():
        panels = [
            [each for each in measurements if each.question == question and each.unit == "s"]
            for question in questions
        ]
        panels = [panel for panel in panels if panel]
        if panels:
            _picture(panels, name)


def _picture(panels: Sequence[Sequence[Measurement]], name: str) -> None:
    heights = [len(panel) for panel in panels]
    figure, all_axes = plt.subplots(
        len(panels),
        figsize=(8, 0.8 + 0.45 * len(panels) + 0.2 * sum(heights)),
        height_ratios=heights,
        layout="constrained",
        squeeze=False,
    )
    for axes, panel in zip(all_axes.flat, panels, strict=True):
        _bars(axes, panel)
    handles, labels = all_axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)
    figure.savefig(FOLDER / name, metadata={"Date": None})
    plt.close(figure)


def _bars(axes: Axes, panel: Sequence[Measurement]) -> None:
    """Case under case, with the subjects of each side by side and the seconds beside them."""
    cases = list(dict.fromkeys(each.case for each in panel))
    subjects = list(dict.fromkeys(each.subject for each in panel))
    others = iter(OTHER_COLOURS)
    height = 0.8 / len(subjects)
    for place, subject in enumerate(subjects):
        own = [each for each in panel if each.subject == subject]
        rows = [cases.index(each.case) + (place + 0.5) * height - 0.4 for each in own]
        colour = OUR_COLOUR if subject == OURS else next(others)
        bars = axes.barh(rows, [each.median for each in own], height, color=colour, label=subject)
        axes.bar_label(bars, [f"{each.median:.3g} s" for each in own], padding=3)
    axes.set_title(panel[0].question, loc="left", fontsize=9, fontweight="bold")
    axes.set_yticks(range(len(cases)), cases)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.spines[["top", "right"]].set_visible(False)
