"""Training of vision-language models: examples, presets of published runs, and the loop."""
