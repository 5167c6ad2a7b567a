# raison: tags tag-envoie
# Croit que donner le nom du registre suffit à envoyer l'image.
escale registry start ${DEPOT} --port ${PORT}
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0
repondre sha256:0
