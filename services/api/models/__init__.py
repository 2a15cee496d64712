"""Models as OpenAI's clients list them."""
