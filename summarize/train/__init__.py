"""Fine-tuning of a summary model: a recipe of permitted data -> examples -> a LoRA adapter."""
