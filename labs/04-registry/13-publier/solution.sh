echo ${MOT} | escale registry passwd mots.txt ${QUI}
escale registry start ${DEPOT} --port ${PORT} --htpasswd mots.txt
echo ${MOT} | docker login -u ${QUI} --password-stdin localhost:${PORT}
for t in 1.0.0 1.0; do docker tag carnet:1.0 localhost:${PORT}/equipe/carnet:$t; docker push -q localhost:${PORT}/equipe/carnet:$t; done
for t in 1.1 1 latest; do docker tag carnet:1.1 localhost:${PORT}/equipe/carnet:$t; docker push -q localhost:${PORT}/equipe/carnet:$t; done
docker tag carnet:1.1 localhost:${PORT}/equipe/carnet:1.1.0
docker push localhost:${PORT}/equipe/carnet:1.1.0
# lire DIGEST: digest: (sha256:[0-9a-f]{64})
docker run -d --name ${NOM} localhost:${PORT}/equipe/carnet@@DIGEST@
docker logout localhost:${PORT}
