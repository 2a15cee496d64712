"""Turns what a command raises into a message, advice and an exit status.

Exit statuses: 1 something failed, 2 wrong usage, 3 the API is out of reach, 4 the API refused, 130 interrupted.
"""

from typing import Any

import typer
from typer.core import TyperGroup

from cartridge_client.errors import ApiError, ApiUnreachableError, ClientError
from services.cli.console import print_error

FAILED = 1
UNREACHABLE = 3
REFUSED = 4
INTERRUPTED = 130

_ADVICE = {
    401: "Set CARTRIDGES_API_KEY to a key that is not revoked; `cartridges key create --tenant NAME` makes one.",
    413: "Split the document, or raise CARTRIDGES_MAX_DOCUMENT_BYTES where the API runs.",
    503: "Try again in a moment; `cartridges status` shows which service is not well.",
}


class ReportingGroup(TyperGroup):
    """The root of the commands: everything that is raised below it ends here."""

    def invoke(self, ctx: Any) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except ApiError as error:
            _report_refusal(error)
            raise typer.Exit(REFUSED) from None
        except ApiUnreachableError as error:
            print_error(str(error), "Start the local stack with `cartridges up`, or set CARTRIDGES_API_URL.")
            raise typer.Exit(UNREACHABLE) from None
        except (ClientError, OSError) as error:
            print_error(str(error))
            raise typer.Exit(FAILED) from None
        except Exception as error:
            # Every error of this project has a `code` and a message for people; all else is a defect,
            # and its traceback is the report.
            if not hasattr(error, "code"):
                raise
            print_error(str(error))
            raise typer.Exit(FAILED) from None


def _report_refusal(error: ApiError) -> None:
    message = str(error) if error.request_id is None else f"{error} (request {error.request_id})"
    print_error(message, _ADVICE.get(error.status))
