"""The figures of an evaluation for people: a page, a comment for a pull request, and a gate of thresholds."""

from eval.report.markdown import render_markdown
from eval.report.page import render_html

__all__ = ["render_html", "render_markdown"]
