predire garde
docker run -d --name ${A} escale/marees:1
docker run -d --name ${B} escale/marees:1
docker run -d --name ${C} escale/marees:1
docker exec ${B} sh -c 'echo ${N} > /srv/carnet'
docker stop -t 2 ${B}
docker ps
docker ps -a
docker inspect -f '{{.State.Status}}' ${B}
# lire ETAT: ^([a-z]+)$
docker start ${B}
docker exec ${B} cat /srv/carnet
repondre etat=@ETAT@
