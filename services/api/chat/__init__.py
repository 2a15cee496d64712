"""Chat completions in OpenAI's form."""
