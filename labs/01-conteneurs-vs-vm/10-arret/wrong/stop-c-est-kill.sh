# raison: code-poli stop-kill
# Croit que stop a tué les deux conteneurs de la même façon.
predire aussitot
docker run -d --name ${SOURD} busybox sleep 3600
docker stop -t ${GRACE} ${SOURD}
docker run -d --name ${POLI} busybox sh -c "trap 'exit 0' TERM; echo pret; sleep 3600 & wait"
until docker logs ${POLI} | grep -q pret; do sleep 0.1; done
docker stop -t ${GRACE} ${POLI}
repondre sourd=137 poli=137
