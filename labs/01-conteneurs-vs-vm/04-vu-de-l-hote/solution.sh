predire autre
docker run -d --name ${NOM} busybox sleep ${DUREE}
docker exec ${NOM} ps
docker inspect -f '{{.State.Pid}}' ${NOM}
# lire PID: ^([0-9]+)$
repondre dedans=1 dehors=@PID@
