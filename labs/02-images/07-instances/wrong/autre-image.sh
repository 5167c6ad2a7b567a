# raison: une-image
# Lance le troisième d'une autre version.
predire garde
docker run -d --name ${A} escale/marees:1
docker run -d --name ${B} escale/marees:1
docker run -d --name ${C} escale/marees:2
docker exec ${B} sh -c 'echo ${N} > /srv/carnet'
docker stop -t 2 ${B}
docker start ${B}
repondre etat=exited
