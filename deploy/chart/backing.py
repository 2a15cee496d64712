"""Values of the servers for trials."""

from deploy.chart.blocks import Claim, Name, OutsideImage, Resources, Values


class PostgresTrial(Values):
    enabled: bool = False
    """Run a Postgres in the release."""
    image: OutsideImage = OutsideImage(repository="docker.io/library/postgres", tag="18.1")
    """Its image."""
    existing_secret: Name = "cartridges-postgres"
    """Secret with its superuser's password."""
    password_key: str = "password"
    """Key of the password; the URLs in `secrets.database` carry it too."""
    storage: Claim = Claim(size="20Gi")
    """Its volume."""
    resources: Resources = Resources(requests={"cpu": "250m", "memory": "512Mi"}, limits={"memory": "2Gi"})
    """Memory, CPU and disk."""


class RedisTrial(Values):
    enabled: bool = False
    """Run a Redis in the release."""
    image: OutsideImage = OutsideImage(repository="docker.io/library/redis", tag="7.4.7")
    """Its image."""
    resources: Resources = Resources(requests={"cpu": "100m", "memory": "128Mi"}, limits={"memory": "1Gi"})
    """Memory, CPU and disk."""


class ObjectStoreTrial(Values):
    enabled: bool = False
    """Run a SeaweedFS in the release; `secrets.objectStore` holds its keys."""
    image: OutsideImage = OutsideImage(repository="docker.io/chrislusf/seaweedfs", tag="4.48")
    """Its image."""
    storage: Claim = Claim(size="50Gi")
    """Its volume."""
    resources: Resources = Resources(requests={"cpu": "250m", "memory": "512Mi"}, limits={"memory": "2Gi"})
    """Memory, CPU and disk."""
