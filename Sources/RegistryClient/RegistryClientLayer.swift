// Talks to OCI registries: pull, push, login (distribution-spec 1.1).
