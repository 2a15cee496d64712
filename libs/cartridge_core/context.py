"""The words that show a text to the model: what a cartridge stands for. Free of torch, so the api says the same."""


def context_text(text: str) -> str:
    """The system message that shows `text`."""
    return f"Answer from your knowledge of the following text.\n\n{text}"
