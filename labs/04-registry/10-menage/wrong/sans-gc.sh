# raison: place supprimer-libere
# Supprime, et croit la place rendue.
predire 404
escale registry start ${DEPOT} --port ${PORT}
curl -s -X DELETE http://localhost:${PORT}/v2/${IMG}/manifests/1
curl -sI http://localhost:${PORT}/v2/${IMG}/manifests/2
# lire DIGEST: ^Docker-Content-Digest: (sha256:[0-9a-f]{64})
curl -s -X DELETE http://localhost:${PORT}/v2/${IMG}/manifests/@DIGEST@
repondre @DIGEST@
