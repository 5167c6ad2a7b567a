# raison: argument cmd-ajoute
# Garde CMD seul, en pensant que les mots s'y ajoutent.
predire ajoute
docker build -t ${IMAGE}:cmd arguments
docker run --name ${ESSAI} ${IMAGE}:cmd Ada
docker tag ${IMAGE}:cmd ${IMAGE}:1
