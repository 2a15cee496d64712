"""What people may do in a tenant: four roles, each of them a set of the scopes that keys have."""

from collections.abc import Mapping
from enum import StrEnum

from cartridge_store.keys import Scope


class MemberRole(StrEnum):
    """From the most powerful to the least."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"

    @property
    def scopes(self) -> frozenset[Scope]:
        return _SCOPES[self]

    def covers(self, other: "MemberRole") -> bool:
        """Whether whoever has this role may give `other`, or take it from somebody: none above its own."""
        order = list(MemberRole)
        return order.index(self) <= order.index(other)


_SCOPES: Mapping[MemberRole, frozenset[Scope]] = {
    # An owner differs from an admin in who may make and unmake owners.
    MemberRole.OWNER: frozenset(Scope),
    MemberRole.ADMIN: frozenset(Scope),
    MemberRole.MEMBER: frozenset({Scope.READ, Scope.WRITE, Scope.QUERY}),
    # Looks and asks, and changes nothing.
    MemberRole.VIEWER: frozenset({Scope.READ, Scope.QUERY}),
}
