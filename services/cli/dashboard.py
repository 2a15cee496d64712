"""Where the dashboard is, if the api that runs serves one."""

MISSING = "not built; run: make dashboard"


def dashboard_of(api_url: str) -> str:
    """The dashboard's URL, or how to get one."""
    import httpx

    try:
        answer = httpx.get(f"{api_url}/", headers={"Accept": "text/html"}, timeout=5.0, trust_env=False)
    except httpx.HTTPError:
        return MISSING
    return f"{api_url}/" if answer.is_success else MISSING
