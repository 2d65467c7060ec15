"""Vision-language models: a picture and a prompt in, an answer out, in batches."""
