# raison: digest id-digest
# Donne l'identifiant local de l'image au lieu du digest du manifeste.
escale registry start ${DEPOT} --port ${PORT}
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0
docker push localhost:${PORT}/carnet:1.0
docker image inspect -f '{{.Id}}' carnet:1.0
# lire ID: ^(sha256:[0-9a-f]{64})$
repondre @ID@
