predire 1
docker run -d --name ${SITE} escale/web:1
docker run -d --name ${OUTIL} --network container:${SITE} busybox sleep 3600
docker exec ${OUTIL} wget -q -O - http://127.0.0.1/cgi-bin/sante
docker exec ${OUTIL} ps
for n in net pid mnt; do docker exec ${SITE} readlink /proc/self/ns/$n; docker exec ${OUTIL} readlink /proc/self/ns/$n; done
# lire NET: ^net:\[([0-9]+)\]
repondre net=@NET@ communs=1
