"""Answers prompts with cartridges before them: engines behind one contract, and the HTTP surface the api calls."""
