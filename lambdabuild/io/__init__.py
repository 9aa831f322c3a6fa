"""The ground that stages share: processes, files, the store, the registry client."""
