# raison: sans-tag
# Répond le digest de la dernière version, sans regarder ce que pull a donné.
predire 2
escale registry start ${DEPOT} --port ${PORT}
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0
docker tag carnet:1.0 localhost:${PORT}/carnet
docker push localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet
docker tag carnet:1.1 localhost:${PORT}/carnet:1.1
docker push localhost:${PORT}/carnet:1.1
# lire DIGEST: digest: (sha256:[0-9a-f]{64})
repondre @DIGEST@
