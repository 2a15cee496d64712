"""`cartridges chat`: a conversation in the terminal, with cartridges or without."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from cartridge_client import ChatMessage, Client, ClientError, Usage
from services.cli.connection import connect
from services.cli.console import err, out, print_error


def chat(
    message: Annotated[
        str | None, typer.Argument(help="Ask this and leave; without it, a conversation.")
    ] = None,
    *,
    cartridge: Annotated[
        list[str] | None,
        typer.Option(
            "--cartridge",
            "-c",
            help="A cartridge's id, or a corpus' for its best cartridge; may be given several times.",
        ),
    ] = None,
    relevant: Annotated[
        bool,
        typer.Option(
            "--relevant",
            help="Answer with those of the cartridges alone that the question is about, or with none.",
        ),
    ] = False,
    model: Annotated[
        str | None, typer.Option(help="The model's name; the base model served if not given.")
    ] = None,
    temperature: Annotated[float, typer.Option(min=0.0, max=2.0, help="0 is greedy.")] = 0.0,
    max_tokens: Annotated[int, typer.Option(min=1, help="The longest answer, in tokens.")] = 256,
) -> None:
    """Chat with the base model or with cartridges. Ctrl-D ends a conversation."""
    if relevant and not cartridge:
        raise typer.BadParameter(
            "name the cartridges to choose from with --cartridge", param_hint="--relevant"
        )
    with connect() as client:
        options = {
            "select": "relevant" if relevant else None,
            "temperature": temperature,
            "max_tokens": max_tokens,
        }
        speaker = _Speaker(client, model or client.base_model(), cartridge or [], options)
        if message is not None:
            speaker.answer([ChatMessage(role="user", content=message)])
        else:
            _converse(speaker)


class _Speaker:
    def __init__(
        self, client: Client, model: str, cartridges: Sequence[str], options: Mapping[str, Any]
    ) -> None:
        self.model = model
        self.cartridges = cartridges
        self._client = client
        self._options = options

    def answer(self, history: Sequence[ChatMessage]) -> ChatMessage:
        """Prints the answer while it comes, and returns it."""
        pieces: list[str] = []
        usage: Usage | None = None
        for delta in self._client.chat_stream(
            history, model=self.model, cartridges=self.cartridges, **self._options
        ):
            if delta.selection is not None:
                err.print(f"[dim]answered with {', '.join(delta.cartridges) or 'no cartridge'}[/dim]")
            pieces.append(delta.text)
            out.print(delta.text, end="", markup=False, soft_wrap=True)
            usage = delta.usage or usage
        out.print()
        if usage is not None:
            err.print(
                f"[dim]{usage.completion_tokens} tokens, after {usage.prompt_tokens} "
                f"of which {usage.cartridge_tokens} from cartridges[/dim]"
            )
        return ChatMessage(role="assistant", content="".join(pieces))


def _converse(speaker: _Speaker) -> None:
    with_what = ", ".join(speaker.cartridges) or "no cartridge"
    err.print(f"[dim]{speaker.model} with {with_what}. Ctrl-D ends.[/dim]")
    history: list[ChatMessage] = []
    while True:
        try:
            asked = err.input("[bold]> [/bold]").strip()
        except (EOFError, KeyboardInterrupt):
            err.print()
            return
        if not asked:
            continue
        turn = [*history, ChatMessage(role="user", content=asked)]
        try:
            history = [*turn, speaker.answer(turn)]
        except KeyboardInterrupt:
            err.print("[dim] (stopped)[/dim]")
        except ClientError as error:
            # The conversation goes on without the turn that failed.
            print_error(str(error))
