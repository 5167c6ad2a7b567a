// An OCI distribution server (distribution-spec 1.1).
