"""People signing in with browsers: by password, by an OpenID provider, and the sessions that come of it."""
