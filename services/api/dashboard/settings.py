"""Where the dashboard's files are, and what its pages may reach."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from cartridge_store.settings import CONFIG


class DashboardSettings(BaseSettings):
    model_config = CONFIG

    dashboard_dir: Annotated[
        Path, Field(description="The built dashboard. Without its index.html the api serves none.")
    ] = Path(__file__).parents[2] / "dashboard" / "dist"
