predire grace
docker run -d --name ${SOURD} busybox sleep 3600
docker stop -t ${GRACE} ${SOURD}
docker inspect -f '{{.State.ExitCode}}' ${SOURD}
# lire S: ^([0-9]+)$
docker run -d --name ${POLI} busybox sh -c "trap 'exit 0' TERM; echo pret; sleep 3600 & wait"
until docker logs ${POLI} | grep -q pret; do sleep 0.1; done
docker stop -t ${GRACE} ${POLI}
docker inspect -f '{{.State.ExitCode}}' ${POLI}
# lire P: ^([0-9]+)$
repondre sourd=@S@ poli=@P@
