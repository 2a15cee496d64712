"""Where cartridges are at hand: pods' own listings turned around, so that each cartridge names its pods."""

from collections.abc import Collection, Mapping, Sequence

from services.inference.schemas import PlacedCartridgeOut, PlacedCartridgesOut, PlaceOut, ResidentCartridgeOut


def placed(
    listings: Mapping[str, Sequence[ResidentCartridgeOut]], digests: Collection[str]
) -> PlacedCartridgesOut:
    """The cartridges that pods list, by pod name; only `digests` unless that is empty. Most recently used first."""
    found: dict[str, PlacedCartridgeOut] = {}
    for pod, listing in listings.items():
        for each in listing:
            if digests and each.digest not in digests:
                continue
            entry = found.setdefault(
                each.digest,
                PlacedCartridgeOut(digest=each.digest, bytes=each.bytes, tokens=each.tokens, places=[]),
            )
            entry.places.append(
                PlaceOut(pod=pod, tier=each.tier, pinned=each.pinned, last_used=each.last_used)
            )
    for entry in found.values():
        entry.places.sort(key=lambda place: place.last_used, reverse=True)
    return PlacedCartridgesOut(
        data=sorted(found.values(), key=lambda entry: entry.places[0].last_used, reverse=True)
    )
