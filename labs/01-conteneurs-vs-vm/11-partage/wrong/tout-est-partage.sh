# raison: communs tout-ou-rien
# Partage bien le réseau, mais croit que le reste a suivi.
predire 3
docker run -d --name ${SITE} escale/web:1
docker run -d --name ${OUTIL} --network container:${SITE} busybox sleep 3600
docker exec ${SITE} readlink /proc/self/ns/net
# lire NET: ^net:\[([0-9]+)\]
repondre net=@NET@ communs=3
