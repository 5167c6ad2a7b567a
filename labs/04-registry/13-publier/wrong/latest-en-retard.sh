# raison: derniere latest-suit
# Pousse latest avec la première version, et compte sur lui pour suivre.
echo ${MOT} | escale registry passwd mots.txt ${QUI}
escale registry start ${DEPOT} --port ${PORT} --htpasswd mots.txt
echo ${MOT} | docker login -u ${QUI} --password-stdin localhost:${PORT}
for t in 1.0.0 1.0 latest; do docker tag carnet:1.0 localhost:${PORT}/equipe/carnet:$t; docker push -q localhost:${PORT}/equipe/carnet:$t; done
for t in 1.1.0 1.1 1; do docker tag carnet:1.1 localhost:${PORT}/equipe/carnet:$t; docker push -q localhost:${PORT}/equipe/carnet:$t; done
docker run -d --name ${NOM} localhost:${PORT}/equipe/carnet:1.1.0
docker logout localhost:${PORT}
