# raison: un
# Efface les images d'ici : le registre n'en sait rien.
predire 404
escale registry start ${DEPOT} --port ${PORT}
docker rmi localhost:${PORT}/${IMG}:1 localhost:${PORT}/${IMG}:2 localhost:${PORT}/${IMG}:candidat
repondre sha256:0
