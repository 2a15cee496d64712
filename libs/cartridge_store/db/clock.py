"""The database's clock: leases end for all hosts at once, however far apart their own clocks are."""

from datetime import datetime

from sqlalchemy import DateTime, func, select
from sqlalchemy.orm import Session


def now(session: Session) -> datetime:
    """The present time, not that of the transaction's start: a lock may have been waited for in between."""
    return session.execute(select(func.clock_timestamp(type_=DateTime(timezone=True)))).scalar_one()
