# raison: combien tag-version
# Compte les noms, pas les contenus.
predire oui
docker tag escale/marees:1 port/${NOM}:1
docker tag escale/marees:1 port/${NOM}:stable
docker run -d --name ${AVANT} port/${NOM}:stable
docker tag escale/marees:2 port/${NOM}:stable
docker run -d --name ${APRES} port/${NOM}:stable
docker image inspect -f '{{.RepoDigests}}' port/${NOM}:1
# lire DIGEST: @(sha256:[0-9a-f]{64})
docker run -d --name ${EPINGLE} port/${NOM}@@DIGEST@
repondre images=1
