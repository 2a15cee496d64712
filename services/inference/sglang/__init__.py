"""The SGLang server beside a pod agent: which release, how it is started, how it is spoken to."""
