"""What Kubernetes, in three versions, has against an object."""

from functools import cache

import kubernetes_validate.utils
from pydantic import ValidationError

from tests.helm.crds import CRD_KINDS, check_crd
from tests.helm.rendering import KUBERNETES_VERSIONS, Manifest

# It reads megabytes of schemas anew for every object.
kubernetes_validate.utils.schema_contents = cache(kubernetes_validate.utils.schema_contents)


def complaint(manifest: Manifest, version: str) -> str | None:
    """What Kubernetes `version` would say. An object without a schema is a complaint too."""
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{version}: {'.'.join(map(str, error.path))}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError as error:
        return str(error.message)
    return None


def complaints(manifest: Manifest) -> list[str]:
    """What is wrong with an object, of Kubernetes' own kinds or of an operator's."""
    if (manifest["apiVersion"], manifest["kind"]) in CRD_KINDS:
        try:
            check_crd(manifest)
        except (ValidationError, AssertionError) as error:
            return [str(error)]
        return []
    return [found for version in KUBERNETES_VERSIONS if (found := complaint(manifest, version)) is not None]
