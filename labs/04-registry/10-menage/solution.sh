predire 404
escale registry start ${DEPOT} --port ${PORT}
curl -i -X DELETE http://localhost:${PORT}/v2/${IMG}/manifests/1
curl -sI http://localhost:${PORT}/v2/${IMG}/manifests/2
# lire DIGEST: ^Docker-Content-Digest: (sha256:[0-9a-f]{64})
curl -i -X DELETE http://localhost:${PORT}/v2/${IMG}/manifests/@DIGEST@
escale registry gc --root ${DEPOT} --grace 0
repondre @DIGEST@
