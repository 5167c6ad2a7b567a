# raison: limite
# Pose une limite que la bombe n'atteint pas.
predire tous
docker run -d --name ${LIBRE} busybox sleep 3600
docker exec -d ${LIBRE} sh -c 'for i in $(seq 120); do sleep 3600 & done'
docker run -d --name ${BORNE} --pids-limit 500 busybox sleep 3600
docker exec -d ${BORNE} sh -c 'for i in $(seq 120); do sleep 3600 & done'
repondre 121
