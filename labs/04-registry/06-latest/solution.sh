predire 1
escale registry start ${DEPOT} --port ${PORT}
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0
docker tag carnet:1.0 localhost:${PORT}/carnet
docker push localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet
docker tag carnet:1.1 localhost:${PORT}/carnet:1.1
docker push localhost:${PORT}/carnet:1.1
docker rmi localhost:${PORT}/carnet
docker pull localhost:${PORT}/carnet
# lire DIGEST: Digest: (sha256:[0-9a-f]{64})
repondre @DIGEST@
