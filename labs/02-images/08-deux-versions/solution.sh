predire non
docker run --rm escale/marees:2 cat /usr/lib/marees/unites.sh > unites.sh
docker create --name ${ESSAI} escale/marees:1
docker cp unites.sh ${ESSAI}:/usr/lib/marees/unites.sh
docker start ${ESSAI}
docker wait ${ESSAI}
docker logs ${ESSAI}
# lire MANQUE: ([a-z_]+): not found
docker run -d --name ${A} -p ${P1}:80 escale/marees:1
docker run -d --name ${B} -p ${P2}:80 escale/marees:2
for p in ${P1} ${P2}; do until docker exec ${B} true && wget -q -O - "http://127.0.0.1:$p/?h=${H}"; do sleep 0.1; done; done
repondre manque=@MANQUE@
