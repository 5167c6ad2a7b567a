escale registry start ${DEPOT} --port ${PORT}
curl -s http://localhost:${PORT}/v2/_catalog
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet:1.0
# lire DIGEST: digest: (sha256:[0-9a-f]{64})
repondre @DIGEST@
