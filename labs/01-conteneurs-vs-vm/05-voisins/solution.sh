predire hote
docker run -d --name ${A} busybox sleep 3600
docker run -d --name ${B} busybox sleep 3600
docker inspect -f '{{.State.Pid}}' ${B}
# lire PID: ^([0-9]+)$
docker exec ${A} kill -9 @PID@; echo "code $?"
# lire DEDANS: code ([0-9]+)$
kill -9 @PID@; echo "code $?"
# lire DEHORS: code ([0-9]+)$
docker wait ${B}
repondre dedans=@DEDANS@ dehors=@DEHORS@
