# raison: reseau
# Lance le second conteneur sur le réseau ordinaire : même bridge, mais pas le même espace de noms.
predire 0
docker run -d --name ${SITE} escale/web:1
docker run -d --name ${OUTIL} busybox sleep 3600
docker exec ${SITE} readlink /proc/self/ns/net
# lire NET: ^net:\[([0-9]+)\]
repondre net=@NET@ communs=0
