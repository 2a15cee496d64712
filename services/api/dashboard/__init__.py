"""The dashboard's built files, served beside the API that they call."""
