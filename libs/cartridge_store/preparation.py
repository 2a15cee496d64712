"""`python -m cartridge_store.preparation`: what has to be there before services start: tables, logins, bucket.

Given the owner's URL and those of the services' logins; run it before every new release. What is there already stays
as it is.
"""

import os
import sys

from pydantic import ValidationError

from cartridge_store.db.migrate import bring_up_to_date
from cartridge_store.db.roles import Role
from cartridge_store.errors import StoreError
from cartridge_store.objects import ObjectStore
from cartridge_store.settings import ObjectStoreSettings

_NEEDED = ("CARTRIDGES_DATABASE_URL", *(role.url_variable for role in Role))


def main() -> int:
    """0 when everything is there; else 1, with a word about what is not."""
    missing = [variable for variable in _NEEDED if not os.environ.get(variable)]
    if missing:
        print(f"set {', '.join(missing)}", file=sys.stderr)
        return 1
    try:
        objects = ObjectStore(ObjectStoreSettings())
        bring_up_to_date(os.environ)
        objects.ensure_bucket()
    except (StoreError, ValidationError) as error:
        print(error, file=sys.stderr)
        return 1
    print("the tables are up to date, the services' logins and the bucket are there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
