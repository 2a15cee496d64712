"""The dashboard's own image tells browsers what the api tells them."""

import re
from pathlib import Path

from services.api.dashboard.policy import HEADERS, PLACEHOLDER, content_security_policy

IMAGE = Path(__file__).parents[2] / "deploy" / "images" / "dashboard"


def test_both_servers_of_the_dashboard_give_the_same_headers() -> None:
    given = dict(
        re.findall(r'^add_header ([\w-]+) "(.*)" always;$', (IMAGE / "headers.conf").read_text(), re.M)
    )
    assert given["Content-Security-Policy"] == content_security_policy("$request_id")
    assert given.items() >= HEADERS.items()


def test_the_image_puts_its_nonce_where_the_page_looks_for_it() -> None:
    assert f'sub_filter "{PLACEHOLDER.decode()}" "$request_id";' in (IMAGE / "default.conf").read_text()
