"""`cartridges demo`: a document in, a cartridge out, answers back, and a report of what it was worth."""
