"""Every query, one file a table. Functions take an open session; committing is the caller's, at the edge."""
