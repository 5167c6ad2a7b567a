# raison: coupable numero-attribue
# Accuse le manifeste.
escale registry start ${DEPOT} --port ${PORT}
curl -sI http://localhost:${PORT}/v2/${IMG}/manifests/1
# lire DIGEST: ^Docker-Content-Digest: (sha256:[0-9a-f]{64})
repondre @DIGEST@
