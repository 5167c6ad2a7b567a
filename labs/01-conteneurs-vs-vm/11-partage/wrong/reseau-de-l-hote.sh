# raison: inode
# Lit l'espace de noms réseau de l'hôte.
predire 1
docker run -d --name ${SITE} escale/web:1
docker run -d --name ${OUTIL} --network container:${SITE} busybox sleep 3600
readlink /proc/self/ns/net
# lire NET: ^net:\[([0-9]+)\]
repondre net=@NET@ communs=1
