"""Pages of handwritten prescriptions into lines, and lines into medications."""
