# raison: tags
# Oublie le tag : l'image part sous le nom de latest.
escale registry start ${DEPOT} --port ${PORT}
docker tag carnet:1.0 localhost:${PORT}/carnet
docker push localhost:${PORT}/carnet
# lire DIGEST: digest: (sha256:[0-9a-f]{64})
repondre @DIGEST@
