# raison: sourd-lent
# Laisse le délai d'une seconde au lieu de celui demandé.
predire aussitot
docker run -d --name ${SOURD} busybox sleep 3600
docker stop -t 1 ${SOURD}
docker run -d --name ${POLI} busybox sh -c "trap 'exit 0' TERM; echo pret; sleep 3600 & wait"
until docker logs ${POLI} | grep -q pret; do sleep 0.1; done
docker stop -t ${GRACE} ${POLI}
repondre sourd=137 poli=0
