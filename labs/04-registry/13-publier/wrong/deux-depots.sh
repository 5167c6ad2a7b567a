# raison: depots
# Se trompe de dépôt, et laisse l'erreur derrière lui.
echo ${MOT} | escale registry passwd mots.txt ${QUI}
escale registry start ${DEPOT} --port ${PORT} --htpasswd mots.txt
echo ${MOT} | docker login -u ${QUI} --password-stdin localhost:${PORT}
docker tag carnet:1.0 localhost:${PORT}/carnet:1.0.0
docker push -q localhost:${PORT}/carnet:1.0.0
for t in 1.0.0 1.0; do docker tag carnet:1.0 localhost:${PORT}/equipe/carnet:$t; docker push -q localhost:${PORT}/equipe/carnet:$t; done
docker logout localhost:${PORT}
