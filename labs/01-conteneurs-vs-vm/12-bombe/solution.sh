predire tous
docker run -d --name ${LIBRE} busybox sleep 3600
docker exec -d ${LIBRE} sh -c 'for i in $(seq 120); do sleep 3600 & done'
docker run -d --name ${BORNE} --pids-limit ${LIMITE} busybox sleep 3600
docker exec ${BORNE} sh -c 'for i in $(seq 120); do sleep 3600 >/dev/null 2>&1 & done'
docker top ${BORNE} | tail -n +2 | wc -l
# lire N: ^ *([0-9]+)$
repondre @N@
