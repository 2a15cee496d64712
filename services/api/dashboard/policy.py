"""What the dashboard's pages may do in a browser: load and reach this origin, and nothing else."""

import secrets

# The build leaves this word in index.html, where the pages' own code looks for the nonce.
PLACEHOLDER = b"__CSP_NONCE__"
_NONCE_BYTES = 16

HEADERS = {
    # Windows that other sites open or that open this one are cut off from it.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def new_nonce() -> str:
    return secrets.token_urlsafe(_NONCE_BYTES)


def content_security_policy(nonce: str) -> str:
    """The policy of one answer with the page.

    Scripts are files of this origin alone. Styles too, but for the style elements that the component library makes
    while it runs (color variables, responsive sizes, a dialog's scroll lock): they carry `nonce`, so no
    'unsafe-inline' is needed.
    """
    directives = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", f"'nonce-{nonce}'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())
